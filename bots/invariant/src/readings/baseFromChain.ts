import { BotError } from '@service-bots/core/errors';
import type { BotContext } from '@service-bots/core/runtime';
import { blockAt } from '../blocks/blockAt.ts';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import { sharesBehindShorts } from './behindShorts.ts';
import { holdsByBooks } from './books.ts';
import { checkpointPrices } from './checkpointPrices.ts';
import { maturityOf, type PoolEvent } from './events.ts';
import type { Snapshot } from './index.ts';
import { leastBehind, type OpenShorts, readOpenShorts } from './openShorts.ts';
import { readSnapshots } from './readSnapshots.ts';
import type { LedgerBase } from './shortsLedger.ts';

type Context = Pick<BotContext<unknown>, 'provider' | 'reader'>;

/** The number of checkpoints that nodes accept in one request; of an older pool, the newest ones are read. */
const mostCheckpoints = 2_400;

/** A block before a loss, and the shares behind shorts there, given the events since. */
export interface FoundBase extends Pick<LedgerBase, 'block' | 'isExact'> {
  sharesBefore(eventsSince: readonly PoolEvent[]): Promise<bigint>;
}

/**
 * Finds a base for a bot without a block at which the books held: the block at the time of the first
 * checkpoint whose price is above that of the next one. Where nodes no longer have the state of that block,
 * the positions and their opening prices give the least shares that there can have been behind shorts.
 * @returns undefined where no price is above the next one
 * @throws what the readers throw
 */
export async function baseFromChain(
  ctx: Context,
  pool: InvariantPool,
  now: Snapshot,
): Promise<FoundBase | undefined> {
  const since = await firstLoss(ctx, pool, now);
  if (since === undefined) return undefined;
  const block = await blockAt(ctx.provider, since, now.block);
  const before = block && (await snapshotAt(ctx, pool, block));
  const shares = before && holdsByBooks(pool, before) ? sharesBehindShorts(before) : undefined;
  if (before && shares !== undefined)
    return { block: before.block.number, isExact: true, sharesBefore: async () => shares };
  return {
    block: block?.number ?? 0,
    isExact: false,
    sharesBefore: events => leastBefore(ctx, { pool, now, eventsSince: events, since }),
  };
}

async function snapshotAt(
  { provider, reader }: Context,
  pool: InvariantPool,
  block: Snapshot['block'],
): Promise<Snapshot | undefined> {
  try {
    const [snapshot] = await readSnapshots({ provider, reader }, block, [{ pool, checkpoints: [] }]);
    return snapshot;
  } catch {
    // The node no longer has it, as with most nodes.
    return undefined;
  }
}

/** @returns the time of the first checkpoint whose price is above that of the next one, or above the present one */
async function firstLoss(
  { reader }: Context,
  { address, positionDuration, checkpointDuration, earliestMaturity }: InvariantPool,
  { block, vaultSharePrice }: Snapshot,
): Promise<number | undefined> {
  if (!vaultSharePrice.ok) return undefined;
  const latest = block.timestamp - (block.timestamp % checkpointDuration);
  const all = Math.floor((latest - (earliestMaturity - positionDuration)) / checkpointDuration) + 1;
  const steps = Math.min(Math.max(all, 1), mostCheckpoints);
  const times = Array.from({ length: steps }, (_, i) => latest - i * checkpointDuration).filter(
    time => time > 0,
  );
  const prices = await checkpointPrices(reader, block, { address, times });
  let later = vaultSharePrice.value;
  let since: number | undefined;
  // The newest first.
  for (const time of times) {
    const price = prices.get(time) ?? 0n;
    if (price === 0n) continue;
    if (price > later) since = time;
    later = price;
  }
  return since;
}

/** Returns the least amount of shares, before a time, behind the shorts that were open then. */
async function leastBefore(
  { reader }: Context,
  {
    pool,
    now,
    eventsSince,
    since,
  }: { pool: InvariantPool; now: Snapshot; eventsSince: readonly PoolEvent[]; since: number },
): Promise<bigint> {
  const open = await readOpenShorts(reader, pool, now);
  if (!open) throw new BotError('the positions could not be read');
  const bonds = new Map(open.map(shorts => [shorts.maturity, shorts.bonds]));
  for (const event of eventsSince) {
    const maturity = maturityOf(event);
    const closed = event.minted?.shorts ?? (event.name === 'CloseShort' ? (event.bonds ?? 0n) : 0n);
    const opened = event.name === 'OpenShort' ? (event.bonds ?? 0n) : 0n;
    bonds.set(maturity, (bonds.get(maturity) ?? 0n) + closed - opened);
  }
  const { positionDuration, checkpointDuration, address, config } = pool;
  const then = [...bonds].filter(([maturity, amount]) => amount > 0n && maturity - positionDuration <= since);
  const openings = then.map(([maturity]) => maturity - positionDuration);
  const prices = await checkpointPrices(reader, now.block, {
    address,
    times: [...openings, ...openings.map(time => time + checkpointDuration)],
  });
  return then.reduce((sum, [maturity, amount], i) => {
    const opening = openings[i] as number;
    const shorts: OpenShorts = {
      maturity,
      bonds: amount,
      openingPrice: prices.get(opening) ?? 0n,
      closingPrice: prices.get(opening + checkpointDuration) ?? 0n,
    };
    return sum + leastBehind(shorts, config.fees.flat);
  }, 0n);
}
