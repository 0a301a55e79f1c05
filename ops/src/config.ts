import { alertVariables } from '@service-bots/core/config';
import { z } from 'zod';
import { rollbarDeployConfig, rollbarSetupConfig } from './rollbarVariables.ts';

/** All that any of the commands is told; their container is given it. */
export const opsConfig = z.object({
  ...alertVariables,
  ...rollbarSetupConfig.shape,
  ...rollbarDeployConfig.shape,
});
