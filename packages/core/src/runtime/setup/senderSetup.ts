import { access, constants, mkdir } from 'node:fs/promises';
import type { z } from 'zod';
import type { Chain } from '../../chains/index.ts';
import type { ConfigProblem, Secret, transactionVariables } from '../../config/index.ts';
import type { KeySource } from '../../wallet/index.ts';
import type { WalletUse } from '../bot.ts';
import type { BotSchema } from '../openDesk.ts';

/**
 * The configuration of sending: a bot with a wallet has the transaction and signer variables in its schema.
 */
export type SendingConfig = z.output<z.ZodObject<typeof transactionVariables>> & {
  KEYSTORE_FILE?: string | undefined;
  KEYSTORE_PASSWORD?: Secret | undefined;
};

/** Returns where the key of a bot's wallet is, as far as the configuration can be read. */
export function keySourceOf<Config>(use: WalletUse<Config>, config: Config): KeySource {
  const { KEYSTORE_FILE: path, KEYSTORE_PASSWORD: password } = config as SendingConfig;
  return { privateKey: use.key(config), keystore: path && password ? { path, password } : undefined };
}

type Given = Partial<z.output<BotSchema>>;

/**
 * Returns the problems that permanently keep a wallet with a valid key from sending: not enough time to
 * confirm, or a budget that is too small.
 * @param chain undefined while it is unknown
 */
export function sendingProblems(config: Given, chain: Chain | undefined): ConfigProblem[] {
  const { CONFIRMATIONS: confirmations, ROUND_TIMEOUT_SECONDS: timeoutSeconds } = config as Partial<
    z.output<BotSchema> & SendingConfig
  >;
  const problems = budgetProblems(config);
  if (!chain || confirmations === undefined || timeoutSeconds === undefined) return problems;
  const tooSlow = tooSlowProblem(confirmations, chain, timeoutSeconds);
  return tooSlow ? [...problems, tooSlow] : problems;
}

/** A budget below the gas limit of one transaction could keep a single action from ever being sent. */
function budgetProblems(config: Given): ConfigProblem[] {
  const { MAX_GAS: maxGas, ...requestLimits } = config as Partial<SendingConfig>;
  return (['GAS_PER_HOUR', 'GAS_PER_DAY'] as const).flatMap(variable => {
    const budget = requestLimits[variable];
    if (budget === undefined || maxGas === undefined || budget >= maxGas) return [];
    const problem = `${budget} is less than MAX_GAS ${maxGas}, so that one transaction may not fit; raise it`;
    return [{ variable, problem }];
  });
}

/** If the confirmations took longer than a round may, every transaction would look lost. */
function tooSlowProblem(
  confirmations: number,
  chain: Chain,
  timeoutSeconds: number,
): ConfigProblem | undefined {
  const neededSeconds = Math.ceil((confirmations * chain.blockTimeMs) / 1000);
  if (neededSeconds <= timeoutSeconds / 2) return undefined;
  const problem = `${confirmations} blocks take about ${neededSeconds} s on ${chain.name}, more than half of ROUND_TIMEOUT_SECONDS ${timeoutSeconds}; lower the one or raise the other`;
  return { variable: 'CONFIRMATIONS', problem };
}

/**
 * Returns the problem that the journal cannot be written. It keeps no bot from starting: a disk may be
 * read-only for an hour, and a process that has ended with 78 is not started again. `takeLease` describes
 * what the bot does meanwhile.
 */
export async function unwritableProblem(config: Given): Promise<ConfigProblem | undefined> {
  const { DRY_RUN: dryRun, STATE_DIR: folder } = config as Partial<z.output<BotSchema> & SendingConfig>;
  if (dryRun || folder === undefined) return undefined;
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `${folder} cannot be written (${code}); give a folder that survives restarts`;
    return { variable: 'STATE_DIR', problem };
  }
}
