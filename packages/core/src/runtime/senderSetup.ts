import { access, constants, mkdir } from 'node:fs/promises';
import type { z } from 'zod';
import type { Chain } from '../chains/index.ts';
import type { ConfigProblem, Secret, transactionVariables } from '../config/index.ts';
import type { KeySource } from '../wallet/index.ts';
import type { WalletUse } from './bot.ts';
import type { BotSchema } from './openDesk.ts';

/** What is said about sending: a bot with a wallet has the transaction and signer variables in its schema. */
export type SendingConfig = z.output<z.ZodObject<typeof transactionVariables>> & {
  KEYSTORE_FILE?: string | undefined;
  KEYSTORE_PASSWORD?: Secret | undefined;
};

/** Where the key of a bot's wallet is, as far as the configuration can be read. */
export function keySourceOf<Config>(use: WalletUse<Config>, config: Config): KeySource {
  const { KEYSTORE_FILE: path, KEYSTORE_PASSWORD: password } = config as SendingConfig;
  return { privateKey: use.key(config), keystore: path && password ? { path, password } : undefined };
}

/**
 * What keeps a wallet that can be opened from sending: no place for the journal, no time to confirm in.
 * @param chain undefined while it is not known
 */
export async function sendingProblems(
  config: Partial<z.output<BotSchema>>,
  chain: Chain | undefined,
): Promise<ConfigProblem[]> {
  const {
    DRY_RUN: dryRun,
    CONFIRMATIONS: confirmations,
    ROUND_TIMEOUT_SECONDS: timeoutSeconds,
    STATE_DIR: folder,
  } = config as Partial<z.output<BotSchema> & SendingConfig>;
  const unwritable = dryRun || folder === undefined ? undefined : await unwritableProblem(folder);
  const tooSlow =
    chain && confirmations !== undefined && timeoutSeconds !== undefined
      ? tooSlowProblem(confirmations, chain, timeoutSeconds)
      : undefined;
  return [unwritable, tooSlow].flatMap(problem => problem ?? []);
}

/** Where confirmations take longer than a round may, every transaction would look lost. */
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

/** Without a journal a crash could not be told from a transaction that was never sent: better not to start. */
async function unwritableProblem(folder: string): Promise<ConfigProblem | undefined> {
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
