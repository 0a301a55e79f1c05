import type { InvariantPool } from '../pools/InvariantPool.ts';
import type { Snapshot } from '../readings/index.ts';
import { isWorthless } from './applicable.ts';

// If a block has no LP share price, the later price is compared with an earlier block, so that no fall of the
// price between the two is hidden.

/** Returns whether the LP share price of a later block can be compared with this one. */
export function hasLpPrice({ market, lpSharePrice, lpTotalSupply, vaultSharePrice }: Snapshot): boolean {
  if (!market.ok || !lpSharePrice.ok || !lpTotalSupply.ok || !vaultSharePrice.ok) return false;
  return !isWorthless(lpSharePrice.value) && lpTotalSupply.value > 0n && vaultSharePrice.value > 0n;
}

/** Returns whether all LPs have left. */
export function hasNoLps({ lpTotalSupply }: Snapshot): boolean {
  return lpTotalSupply.ok && lpTotalSupply.value === 0n;
}

/**
 * Returns the block to compare with: the one before, else, where that one has no price, the last that has
 * one. This is sound for a checkpoint's duration: the earlier reserves have a known worth at the present
 * vault price and time, and the events since then are read. Over more of the chain's time, whole checkpoints
 * of positions mature in between, and their worth by an average of maturities is no longer a measure.
 */
export function comparedWith(
  { checkpointDuration }: Pick<InvariantPool, 'checkpointDuration'>,
  now: Snapshot,
  { before, lastPriced }: { before: Snapshot | undefined; lastPriced: Snapshot | undefined },
): Snapshot | undefined {
  if (before === undefined || lastPriced === undefined) return before;
  if (hasLpPrice(before) || hasNoLps(before)) return before;
  const { number, timestamp } = lastPriced.block;
  if (number >= before.block.number) return before;
  return now.block.timestamp - timestamp <= checkpointDuration ? lastPriced : before;
}
