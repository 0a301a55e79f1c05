import { BotError } from '@service-bots/core/errors';
import { type BatchReader, type Block, type FailoverProvider, readBlock } from '@service-bots/core/rpc';
import type { BotContext } from '@service-bots/core/runtime';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { baseFromChain } from './baseFromChain.ts';
import { changeBehindShorts } from './behindShorts.ts';
import { checkpointPrices } from './checkpointPrices.ts';
import { eventOf, maturityOf, type PoolEvent, topicOf } from './events.ts';
import type { Snapshot } from './index.ts';
import { emptyLedger, type LedgerBase, type ShortsLedger, withChanges } from './shortsLedger.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader' | 'logs'>;

/**
 * Counts the shares behind shorts by the events up to a block. It starts where an earlier look ended, else at
 * a block at which the books held, else before the first loss of the vault that the chain shows.
 * @returns undefined where checkpoints show no loss of the vault, and no earlier block is known
 * @throws what the readers throw
 */
export async function readShortsLedger(
  ctx: Context,
  {
    pool,
    now,
    ledger,
    base,
  }: {
    pool: InvariantPool;
    now: Snapshot;
    ledger: ShortsLedger | undefined;
    base: LedgerBase | undefined;
  },
): Promise<ShortsLedger | undefined> {
  const { block } = now;
  const known = ledger ?? (base && emptyLedger(base));
  if (known) {
    if (known.through >= block.number) return known;
    const events = await shortEvents(ctx, pool, { from: known.through + 1, head: block });
    return withChanges(known, block.number, await changesBy(ctx.reader, pool, { block, events }));
  }
  const found = await baseFromChain(ctx, pool, now);
  if (!found) return undefined;
  const events = await shortEvents(ctx, pool, { from: found.block + 1, head: block });
  const [shares, changes] = await Promise.all([
    found.sharesBefore(events),
    changesBy(ctx.reader, pool, { block, events }),
  ]);
  const own = emptyLedger({ block: found.block, shares, isExact: found.isExact });
  return withChanges(own, block.number, changes);
}

/**
 * Returns the events that change the shares behind shorts. A short that is redeemed after its maturity was
 * settled by a mint.
 */
async function shortEvents(
  { provider, logs }: Context,
  { address, decimals }: InvariantPool,
  { from, head }: { from: number; head: Block },
): Promise<PoolEvent[]> {
  if (from > head.number) return [];
  const topics = [[topicOf('OpenShort'), topicOf('CloseShort'), topicOf('CreateCheckpoint')]];
  const found = await logs.read({ address: [address], topics }, from, head.number);
  const isOther = found.some(log => Number(log.blockNumber) === head.number && log.blockHash !== head.hash);
  // The request is by number: after a reorg in between it would return another block's events.
  if (isOther) throw new BotError(`block ${head.number} is no longer part of the chain`);
  const events = found.flatMap(log => eventOf(log, decimals) ?? []);
  return early(provider, head, events);
}

async function early(
  provider: FailoverProvider,
  head: Block,
  events: readonly PoolEvent[],
): Promise<PoolEvent[]> {
  const times = new Map<number, number>([[head.number, head.timestamp]]);
  const kept: PoolEvent[] = [];
  for (const event of events) {
    const { name, minted, block, maturityTime = 0 } = event;
    if (minted && minted.shorts === 0n) continue;
    if (name !== 'CloseShort') {
      kept.push(event);
      continue;
    }
    // The time of the event's block shows whether the short had matured when it was closed. That block is not
    // needed if the short has not matured even at the head.
    if (maturityTime <= head.timestamp && !times.has(block)) {
      const header = await readBlock(provider, block);
      if (!header) throw new BotError(`block ${block} could not be read`);
      times.set(block, header.timestamp);
    }
    if (maturityTime > (times.get(block) ?? head.timestamp)) kept.push(event);
  }
  return kept;
}

async function changesBy(
  reader: BatchReader,
  pool: InvariantPool,
  { block, events }: { block: Block; events: readonly PoolEvent[] },
) {
  const maturities = [...new Set(events.map(maturityOf))];
  const opened = maturities.map(maturity => maturity - pool.positionDuration);
  const prices = await checkpointPrices(reader, block, { address: pool.address, times: opened });
  return events.map(event => ({
    block: event.block,
    shares: changeBehindShorts(
      event,
      pool.config.fees.flat,
      prices.get(maturityOf(event) - pool.positionDuration) ?? 0n,
    ),
  }));
}
