import { formatEther } from 'ethers';
import type { z } from 'zod';
import type { Chain } from '../../chains/index.ts';
import { ConfigError, type Secret } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { FailoverProvider } from '../../rpc/index.ts';
import { loadWallet } from '../../wallet/index.ts';
import type { Bot, Target } from '../bot.ts';
import type { BotSchema } from '../openDesk.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Monad accepts one transaction in this many blocks from a wallet below `richWallet.fromWei`. */
const blocksApart = 3;

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

/**
 * Returns whether the wallet's key can be used, and whether the wallet can pay for transactions.
 * @param chain undefined where no endpoint reports it
 * @param provider undefined where no endpoint answers: the address is shown all the same, since it follows
 * from the key
 */
export async function examineWallet<S extends BotSchema, T extends Target>(
  bot: Bot<S, T>,
  config: z.output<S>,
  chain: Chain | undefined,
  provider: Pick<FailoverProvider, 'getBalance'> | undefined,
): Promise<Finding> {
  const what = 'wallet';
  if (!bot.wallet || !(bot.wallet.wanted?.(config) ?? true)) return ok(what, 'needs none');
  const own = config as {
    KEYSTORE_FILE?: string;
    KEYSTORE_PASSWORD?: Secret;
    DRY_RUN?: boolean;
    LOW_BALANCE?: bigint;
  };
  const {
    KEYSTORE_FILE: path,
    KEYSTORE_PASSWORD: password,
    LOW_BALANCE: lowWei = chain?.lowBalanceWei,
  } = own;
  try {
    const keystore = path && password ? { path, password } : undefined;
    const wallet = await loadWallet({ privateKey: bot.wallet.key(config), keystore });
    if (!wallet) {
      if (own.DRY_RUN) return ok(what, 'no key: a dry run needs none');
      if (chain?.local) return ok(what, 'no key: a throwaway wallet is made on a development chain');
      if (!chain)
        return warn(
          what,
          'no key, which only a development chain does without, and no endpoint tells the chain',
        );
      return fail(what, `${bot.wallet.keyVariable} is not set`);
    }
    if (!chain || !provider || lowWei === undefined)
      return warn(what, `${wallet.address}, whose balance no endpoint tells`);
    const balanceWei = await provider.getBalance(wallet.address);
    const text = `${wallet.address} holds ${formatEther(balanceWei)} ${chain.currency}${costOfWaiting(chain, balanceWei)}`;
    if (balanceWei === 0n) return fail(what, text);
    return balanceWei < lowWei ? warn(what, `${text}, less than ${formatEther(lowWei)}`) : ok(what, text);
  } catch (error) {
    const problem = error instanceof ConfigError ? error.problems[0] : undefined;
    return fail(what, problem ? `${problem.variable}: ${problem.problem}` : reasonOf(error));
  }
}
