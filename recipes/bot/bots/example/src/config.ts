import { alertVariables } from '@service-bots/core/alerts';
import { distinctEndpoints, gwei, rpcVariables, runtimeVariables, variable } from '@service-bots/core/config';
import { z } from 'zod';

/** All variables of the example bot. */
export const exampleConfig = z
  .object({
    ...rpcVariables,
    EXAMPLE_MOST_GWEI: variable(gwei().prefault('50'), {
      description: 'The base fee in gwei above which the bot raises an alert',
      example: '100',
    }),
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(distinctEndpoints);
