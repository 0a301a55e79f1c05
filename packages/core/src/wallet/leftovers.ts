import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { AllEndpointsFailed } from '../rpc/index.ts';
import { broadcast, type Outlet } from './broadcast.ts';
import type { Attempt, InFlight } from './journal.ts';
import { revertDataOf } from './revert.ts';
import type { Tracked, Watch } from './watch.ts';

interface LeftoverOptions extends Outlet {
  chain: Chain;
  clock: Clock;
  logger: Logger;
  from: string;
}

/** Where a transaction of an earlier process stands. */
type Standing = 'known' | 'gone' | 'would-revert' | 'unclear';

/**
 * What the node no longer knows goes out again, same bytes, same hash. One that by now could only fail is dropped, and
 * its nonce is free again; unless a later one waits behind it, which could never be mined without it.
 */
export async function revive(
  options: LeftoverOptions,
  watch: Watch,
  leftovers: readonly Tracked[],
): Promise<void> {
  const { logger } = options;
  const standings = await Promise.all(leftovers.map(({ entry }) => standingOf(options, entry)));
  const kept: Tracked[] = [];
  for (const [i, tracked] of [...leftovers.entries()].sort(([, a], [, b]) => b.entry.nonce - a.entry.nonce)) {
    const { label: action, nonce } = tracked.entry;
    if (standings[i] === 'would-revert' && kept.length === 0) {
      logger.info('dropped: it never left before the restart, and would revert now', { action, nonce });
      watch.drop(tracked);
      continue;
    }
    kept.unshift(tracked);
  }
  for (const tracked of kept) {
    const standing = standings[leftovers.indexOf(tracked)];
    if (standing !== 'gone' && standing !== 'would-revert') continue;
    const { label: action, nonce, attempts } = tracked.entry;
    const { hash, raw } = attempts.at(-1) as Attempt;
    const { verdict, said } = await broadcast(options, raw);
    logger.info('broadcast again after the restart', { action, nonce, hash, verdict, said });
  }
}

async function standingOf({ provider, from, logger }: LeftoverOptions, entry: InFlight): Promise<Standing> {
  try {
    const found = await Promise.all(entry.attempts.map(({ hash }) => provider.getTransaction(hash)));
    if (found.some(tx => tx !== null)) return 'known';
    // Used, by one of ours that the node has forgotten or by somebody else: the watch finds out which.
    if (entry.nonce < (await provider.getTransactionCount(from, 'latest'))) return 'known';
    await provider.call({ from, to: entry.to, data: entry.data });
    return 'gone';
  } catch (error) {
    if (revertDataOf(error).reverted) return 'would-revert';
    // The watch broadcasts it again when it is not mined.
    const { label: action, nonce } = entry;
    logger.warning('could not look at a transaction from before the restart', {
      action,
      nonce,
      reason: reasonOf(error),
    });
    return 'unclear';
  }
}

/**
 * Transactions of this wallet that are not in the journal get some blocks' time to be mined; then they are outbid.
 * Never throws.
 */
export async function awaitStrangers(
  { provider, chain, clock, logger, from }: LeftoverOptions,
  blocks: number,
  stop: AbortSignal,
): Promise<void> {
  for (let block = 0; block < blocks && !stop.aborted; ) {
    try {
      const [pending, latest] = await Promise.all([
        provider.getTransactionCount(from, 'pending'),
        provider.getTransactionCount(from, 'latest'),
      ]);
      if (pending <= latest) return;
      block += 1;
      logger.warning('transactions of this wallet are in flight that this bot did not send', {
        count: pending - latest,
      });
    } catch (error) {
      // A node that does not know of pending transactions will not tell of them later either.
      if (!(error instanceof AllEndpointsFailed)) {
        logger.info('the node does not tell of transactions in flight', { reason: reasonOf(error) });
        return;
      }
      logger.warning('could not ask for transactions in flight; asking again', { reason: reasonOf(error) });
    }
    await clock.sleep(chain.blockTimeMs, stop);
  }
}
