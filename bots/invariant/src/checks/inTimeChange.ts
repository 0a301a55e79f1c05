import { one, lpSharePrice as priceOf } from '@service-bots/core/hyperdrive';
import type { Snapshot } from '../readings/index.ts';
import { basePerLpShare, type Quantity, ratio } from '../readings/quantity.ts';
import type { View } from './Check.ts';
import { isPartlyKnown, type Overdue, overdueAt, withAllCheckpoints } from './overdue.ts';
import { isBehindLatest, valueInTime } from './value.ts';

/**
 * The change of the LP share price with overdue positions counted as minted in time: the change of the LPs'
 * real property.
 */
export interface InTimeChange {
  /** The overdue positions of this block or, if it has none, of the previous block. */
  overdue: readonly Overdue[];
  /** The change as a fraction of the price, 18 decimals; undefined when some overdue positions are unknown. */
  change: bigint | undefined;
  /** The expected price by the reserves of the block before, 18 decimals. */
  expected: bigint | undefined;
  numbers: Quantity[];
}

/** @returns undefined where nothing is overdue in either block, so that the contract's own price applies */
export function inTimeChange(view: View, against: Snapshot, c: bigint): InTimeChange | undefined {
  const { pool } = view;
  const { now, before = against } = withAllCheckpoints({ ...view, before: against });
  const { checkpointDuration } = pool;
  const { timestamp: chainTime } = now.block;
  const then = overdueAt(before, { chainTime, checkpointDuration }, now);
  const still = overdueAt(now, { chainTime, checkpointDuration });
  const overdue = still?.length ? still : (then ?? []);
  const isBehind = isBehindLatest(pool, before, chainTime) || isBehindLatest(pool, now, chainTime);
  const isPartial = isPartlyKnown(view);
  if (overdue.length === 0 && !isBehind && !isPartial) return undefined;
  const unknown = { overdue, change: undefined, expected: undefined, numbers: [] };
  if (isPartial || !then || !still || !before.lpTotalSupply.ok || !now.lpTotalSupply.ok) return unknown;
  const worthThen = valueInTime(pool, before, { c, chainTime, overdue: then })?.value;
  const worthNow = valueInTime(pool, now, { c, chainTime, overdue: still })?.value;
  if (worthThen === undefined || worthNow === undefined) return unknown;
  const expected = priceOf(worthThen, c, before.lpTotalSupply.value);
  const actual = priceOf(worthNow, c, now.lpTotalSupply.value);
  if (expected === 0n) return unknown;
  const change = ((actual - expected) * one) / expected;
  const how = 'with matured positions of unminted checkpoints counted from the latest checkpoint';
  const numbers = [
    basePerLpShare('expected, were all checkpoints minted', expected, how),
    basePerLpShare('LP share price, were all checkpoints minted', actual, how),
    ratio('change, were all checkpoints minted', change),
  ];
  return { overdue, change, expected, numbers };
}
