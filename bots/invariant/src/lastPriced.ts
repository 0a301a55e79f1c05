import { isWorthless } from './checks/applicable.ts';
import type { InvariantPool } from './pool.ts';
import type { Snapshot } from './snapshot.ts';

// A block without an LP share price must not hide a fall that is spread over it.

/** Whether the LP share price of a later block can be compared with this one. */
export function hasLpPrice({ market, lpSharePrice, lpTotalSupply, vaultSharePrice }: Snapshot): boolean {
  if (!market.ok || !lpSharePrice.ok || !lpTotalSupply.ok || !vaultSharePrice.ok) return false;
  return !isWorthless(lpSharePrice.value) && lpTotalSupply.value > 0n && vaultSharePrice.value > 0n;
}

/** Whether all LPs have left. */
export function hasNoLps({ lpTotalSupply }: Snapshot): boolean {
  return lpTotalSupply.ok && lpTotalSupply.value === 0n;
}

/**
 * What a block is compared with: the one before, else, where that one has no price, the last that has one. That is sound
 * for a checkpoint's duration: the reserves of then are worth so much by the vault's price and the time of now, and the
 * events since then are read. Over more of the chain's time, whole checkpoints of positions mature in between, and what
 * they were worth by an average of maturities is no measure any more.
 */
export function comparedWith(
  { checkpointDuration }: Pick<InvariantPool, 'checkpointDuration'>,
  now: Snapshot,
  before: Snapshot | undefined,
  lastPriced: Snapshot | undefined,
): Snapshot | undefined {
  if (before === undefined || lastPriced === undefined) return before;
  if (hasLpPrice(before) || hasNoLps(before)) return before;
  const { number, timestamp } = lastPriced.block;
  if (number >= before.block.number) return before;
  return now.block.timestamp - timestamp <= checkpointDuration ? lastPriced : before;
}
