import { alertVariables } from '@service-bots/core/alerts';
import { z } from 'zod';
import { rollbarDeployConfig, rollbarSetupConfig } from './rollbarVariables.ts';

/** The variables of all commands, for their container. */
export const opsConfig = z.object({
  ...alertVariables,
  ...rollbarSetupConfig.shape,
  ...rollbarDeployConfig.shape,
});
