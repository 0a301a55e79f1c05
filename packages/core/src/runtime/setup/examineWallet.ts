import { formatEther, type Wallet } from 'ethers';
import type { Chain } from '../../chains/index.ts';
import { ConfigError, type ConfigProblem, type NameOf } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { FailoverProvider } from '../../rpc/index.ts';
import type { WalletUse } from '../bot.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { missingKey, type SendingConfig, sendingProblems } from './walletSetup.ts';

/** Monad accepts one transaction in this many blocks from a wallet below `richWallet.fromWei`. */
const blocksApart = 3;
const what = 'wallet';

interface WalletExamination {
  use: Pick<WalletUse<never>, 'keyVariable'>;
  /** The values that could be read. */
  config: Partial<SendingConfig>;
  nameOf: NameOf;
  /** The wallet of the key that is given, undefined without a key, or why the key cannot be loaded. */
  key: Wallet | undefined | Error;
  /** The bot's chain; undefined where no endpoint reports it. */
  chain: Chain | undefined;
  /** Whether the chain is a development chain, on which a wallet without a key is made. */
  needsNoKey: boolean;
  /** Undefined where the balance is not asked for, or no endpoint answers. */
  provider: Pick<FailoverProvider, 'getBalance'> | undefined;
}

/** Returns whether a bot could send: its key, its limits, and the wallet's balance. */
export async function examineWallet(given: WalletExamination): Promise<Finding[]> {
  const problems = sendingProblems(given.config, given.chain);
  return [
    await examineKey(given),
    ...problems.map(problem => ({ ...fail(problem.variable, problem.problem), problem })),
  ];
}

async function examineKey(given: WalletExamination): Promise<Finding> {
  const { key, chain, provider, config } = given;
  if (key instanceof Error) return refusedKey(key);
  if (!key) return examineMissingKey(given);
  const lowWei = config.LOW_BALANCE ?? chain?.lowBalanceWei;
  if (!chain || !provider || lowWei === undefined)
    return warn(what, `${key.address}, whose balance no endpoint reports`);
  try {
    const balanceWei = await provider.getBalance(key.address);
    const text = `${key.address} holds ${formatEther(balanceWei)} ${chain.currency}${costOfWaiting(chain, balanceWei)}`;
    if (balanceWei === 0n) return fail(what, text);
    return balanceWei < lowWei ? warn(what, `${text}, less than ${formatEther(lowWei)}`) : ok(what, text);
  } catch (error) {
    return fail(what, reasonOf(error));
  }
}

function refusedKey(error: Error): Finding {
  const [problem] = error instanceof ConfigError ? error.problems : [];
  if (!problem) return fail(what, reasonOf(error));
  return { ...fail(what, `${problem.variable}: ${problem.problem}`), problem };
}

function examineMissingKey({ use, config, nameOf, chain, needsNoKey }: WalletExamination): Finding {
  if (config.DRY_RUN) return ok(what, 'no key: a dry run needs none');
  if (needsNoKey) return ok(what, 'no key: a throwaway wallet is made on a development chain');
  const problem: ConfigProblem = missingKey(use.keyVariable, nameOf, chain);
  const finding = chain
    ? fail(what, `${use.keyVariable} is not set`)
    : warn(what, 'no key is set: only a development chain needs none, and no endpoint reports its chain id');
  return { ...finding, problem };
}

/**
 * Returns how long actions wait because of the balance, on a chain that accepts more transactions at once
 * from a richer wallet.
 */
function costOfWaiting(
  { richWallet, maxInFlight, blockTimeMs, currency }: Chain,
  balanceWei: bigint,
): string {
  if (!richWallet || balanceWei >= richWallet.fromWei) return '';
  const seconds = ((blocksApart * blockTimeMs) / 1000).toFixed(1);
  return `: below ${formatEther(richWallet.fromWei)} ${currency} it has ${maxInFlight} transaction in flight instead of ${richWallet.maxInFlight}, so each further action that is due at the same time waits ${seconds} s more`;
}
