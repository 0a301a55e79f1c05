import type { Chain } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { AllEndpointsFailed, type RpcClient } from '../rpc/index.ts';
import { type BroadcastTarget, broadcast, broadcastFields, isAboutFees } from './broadcast.ts';
import type { GasBudget } from './GasBudget.ts';
import type { JournalWriter } from './JournalWriter.ts';
import { type Attempt, fromJournal, gasUsedIn, type InFlight, type JournalStore } from './journal.ts';
import { revertDataOf } from './revert.ts';
import type { SecondOpinions } from './SecondOpinions.ts';
import type { Tracked } from './Tracked.ts';
import type { Watch } from './Watch.ts';

interface RecoveryOptions extends BroadcastTarget {
  chain: Chain;
  clock: Clock;
  logger: Logger;
  from: string;
  opinions: SecondOpinions;
}

/** The state of a transaction of an earlier process. */
type RecoveredState = 'known' | 'gone' | 'would-revert' | 'unclear';

/**
 * Broadcasts transactions again that the node no longer has, with the same bytes and hash. A transaction that
 * could only fail by now is dropped, and its nonce is free again. It is kept when a later one waits behind
 * it, which could never be mined without it.
 */
export async function rebroadcast(
  options: RecoveryOptions,
  watch: Watch,
  recovered: readonly Tracked[],
): Promise<void> {
  const { logger } = options;
  const states = await Promise.all(recovered.map(({ entry }) => stateOf(options, entry)));
  const kept: Tracked[] = [];
  for (const [i, tracked] of [...recovered.entries()].sort(([, a], [, b]) => b.entry.nonce - a.entry.nonce)) {
    const { label: action, nonce } = tracked.entry;
    if (states[i] === 'would-revert' && kept.length === 0) {
      logger.info('transaction of the earlier process dropped: no node has it, and it would revert now', {
        action,
        nonce,
      });
      watch.drop(tracked);
      continue;
    }
    kept.unshift(tracked);
  }
  for (const tracked of kept) {
    const standing = states[recovered.indexOf(tracked)];
    if (standing !== 'gone' && standing !== 'would-revert') continue;
    const { label: action, nonce, attempts, idempotent } = tracked.entry;
    const { hash, raw } = attempts.at(-1) as Attempt;
    const result = await broadcast(options, raw, idempotent);
    logger.info('transaction of the earlier process broadcast again', {
      action,
      nonce,
      hash,
      ...broadcastFields(result),
    });
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

async function stateOf(options: RecoveryOptions, entry: InFlight): Promise<RecoveredState> {
  const { provider, from, logger, opinions } = options;
  try {
    const found = await Promise.all(entry.attempts.map(({ hash }) => provider.getTransaction(hash)));
    if (found.some(tx => tx !== null)) return 'known';
    // The nonce is used, by one of our transactions that the node has forgotten or by another sender: the
    // watch finds out which.
    if (entry.nonce < (await provider.getTransactionCount(from, 'latest'))) return 'known';
    const call = (client: RpcClient) =>
      client.send('eth_call', [{ from, to: entry.to, data: entry.data }, 'latest']);
    await opinions.on(entry.label, {
      first: call(provider),
      again: call,
      isDoubted: error => revertDataOf(error).reverted,
    });
    return 'gone';
  } catch (error) {
    if (revertDataOf(error).reverted) return 'would-revert';
    // The watch broadcasts it again when it is not mined.
    const { label: action, nonce } = entry;
    logger.warning('a transaction of the earlier process could not be checked; it stays watched', {
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
export async function awaitForeignTransactions(
  { provider, chain, clock, logger, from }: RecoveryOptions,
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
        logger.info('the node does not report transactions in flight', { reason: reasonOf(error) });
        return;
      }
      logger.warning('transactions in flight could not be read; trying again', { reason: reasonOf(error) });
    }
    await clock.sleep(chain.blockTimeMs, stop);
  }
}

const patienceMs = 5_000;

interface JournaledOptions {
  /** The address of the wallet. */
  from: string;
  journal: JournalStore;
  logger: Logger;
  writer: JournalWriter;
  gasBudget: GasBudget;
}

/**
 * Reads the pending transactions of an earlier process, the lowest nonce first, and the gas that it used. A
 * journal that cannot be read, or does not answer, is not overwritten.
 */
export async function readJournaled(options: JournaledOptions): Promise<InFlight[]> {
  const { from, journal, logger, writer, gasBudget } = options;
  try {
    const silent = () => new BotError('the file system does not answer');
    const found = await withDeadline(journal.read(), patienceMs, silent);
    gasBudget.load(gasUsedIn(found, from));
    const entries = fromJournal(found, from).sort((a, b) => a.nonce - b.nonce);
    for (const { label: action, nonce, attempts } of entries)
      logger.info('found in flight from before the restart', { action, nonce, hash: attempts.at(-1)?.hash });
    return entries;
  } catch (error) {
    logger.error('the journal of transactions cannot be read', { error });
    writer.keepUnread(reasonOf(error));
    await writer.write().catch(() => undefined);
    return [];
  }
}
