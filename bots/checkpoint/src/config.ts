import { alertVariables } from '@service-bots/core/alerts';
import {
  distinctEndpoints,
  leastBalanceEther,
  oneSigner,
  parsed,
  positiveInteger,
  Refusal,
  rpcVariables,
  runtimeVariables,
  seconds,
  signerVariables,
  transactionVariables,
  variable,
} from '@service-bots/core/config';
import { hyperdriveVariables, oneRegistry, pacedTogether } from '@service-bots/core/hyperdrive';
import { z } from 'zod';

const share = () =>
  parsed(text => {
    if (!/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) throw new Refusal('is not a number from 0 to 1');
    return Number(text);
  });

/** All variables of the checkpoint bot. */
export const checkpointConfig = z
  .object({
    ...rpcVariables,
    ...hyperdriveVariables,
    ...signerVariables('CHECKPOINT_BOT_KEY'),
    WAITING_PERIOD: variable(share().prefault('0.5'), {
      description: 'Part of a checkpoint, from 0 to 1, to leave to others before this bot mints it',
      example: '0.5',
    }),
    LOOK_SECONDS: variable(seconds({ min: 1, max: 3_600 }).prefault('180'), {
      description: 'The longest time in seconds between two looks at the pools, when nothing is due',
      example: '60',
    }),
    DISCOVERY_SECONDS: variable(seconds({ min: 1, max: 86_400 }).prefault('600'), {
      description: 'Seconds between two looks for new and removed pools',
      example: '300',
    }),
    ERRORS_UNTIL_CRITICAL: variable(positiveInteger({ max: 1_000 }).prefault('10'), {
      description: 'Failures in a row on one pool that make its alert critical',
      example: '5',
    }),
    LOW_BALANCE: variable(leastBalanceEther().optional(), {
      description: 'Warn when the wallet holds less, in whole units of the native currency',
      example: '0.1',
      defaultText: '0.1 on mainnet, 0.01 on Base and Linea',
    }),
    ...transactionVariables,
    ...alertVariables,
    ...runtimeVariables,
  })
  .check(distinctEndpoints, oneSigner('CHECKPOINT_BOT_KEY'), oneRegistry, pacedTogether);

export type CheckpointConfig = z.output<typeof checkpointConfig>;
