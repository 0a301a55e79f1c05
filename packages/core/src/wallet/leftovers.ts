import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { AllEndpointsFailed, type Asker } from '../rpc/index.ts';
import { broadcast, broadcastFields, isAboutFees, type Outlet } from './broadcast.ts';
import type { Attempt, InFlight } from './journal.ts';
import { revertDataOf } from './revert.ts';
import type { SecondOpinions } from './SecondOpinions.ts';
import type { Tracked } from './tracked.ts';
import type { Watch } from './watch.ts';

interface LeftoverOptions extends Outlet {
  chain: Chain;
  clock: Clock;
  logger: Logger;
  from: string;
  opinions: SecondOpinions;
}

/** The state of a transaction of an earlier process. */
type Standing = 'known' | 'gone' | 'would-revert' | 'unclear';

/**
 * Broadcasts transactions again that the node no longer has, with the same bytes and hash. A transaction that
 * could only fail by now is dropped, and its nonce is free again. It is kept when a later one waits behind
 * it, which could never be mined without it.
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
    const { label: action, nonce, attempts, idempotent } = tracked.entry;
    const { hash, raw } = attempts.at(-1) as Attempt;
    const result = await broadcast(options, raw, idempotent);
    logger.info('broadcast again after the restart', { action, nonce, hash, ...broadcastFields(result) });
    // The watch raises the fees of a transaction that pays too little by now.
    const isCheap = result.verdict === 'refused' && isAboutFees(result.meaning);
    tracked.isAccepted = result.verdict === 'accepted' || isCheap;
    // Its nonce is free again, unless a later one waits behind it.
    if (result.verdict === 'refused' && !isCheap && tracked === kept.at(-1)) {
      watch.drop(tracked);
      watch.doubt(tracked.entry);
    }
  }
}

async function standingOf(options: LeftoverOptions, entry: InFlight): Promise<Standing> {
  const { provider, from, logger, opinions } = options;
  try {
    const found = await Promise.all(entry.attempts.map(({ hash }) => provider.getTransaction(hash)));
    if (found.some(tx => tx !== null)) return 'known';
    // The nonce is used, by one of our transactions that the node has forgotten or by another sender: the
    // watch finds out which.
    if (entry.nonce < (await provider.getTransactionCount(from, 'latest'))) return 'known';
    const call = (asker: Asker) =>
      asker.send('eth_call', [{ from, to: entry.to, data: entry.data }, 'latest']);
    await opinions.on(entry.label, call(provider), call, error => revertDataOf(error).reverted);
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
 * Waits some blocks for pending transactions of this wallet that are not in the journal; afterwards they are
 * outbid. Never throws.
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
        wallet: from,
        count: pending - latest,
      });
    } catch (error) {
      // A node that does not count pending transactions will not count them later either.
      if (!(error instanceof AllEndpointsFailed) || error.error !== undefined) {
        logger.info('the node does not tell of transactions in flight', { reason: reasonOf(error) });
        return;
      }
      logger.warning('could not ask for transactions in flight; asking again', { reason: reasonOf(error) });
    }
    await clock.sleep(chain.blockTimeMs, stop);
  }
}
