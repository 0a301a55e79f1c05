import { one, type Reserves } from '@service-bots/core/hyperdrive';
import type { PastCheckpoint, Snapshot } from '../readings/index.ts';
import type { View } from './Check.ts';

/**
 * Positions that have matured and still count as outstanding, because their checkpoint is not minted. The
 * contract keeps one average maturity for all longs and one for all shorts. Overdue positions move that
 * average too early, as far as before the latest checkpoint. There the contract counts every position at its
 * face value, including new ones. It then values the pool differently before and after an honest trade, and
 * before and after the mint.
 */
export interface Overdue {
  /** The time at which they matured, seconds since 1970: before the latest checkpoint. */
  time: number;
  longs: bigint;
  shorts: bigint;
}

/**
 * Returns the positions of a snapshot that are overdue at a time, the oldest first.
 * @param chainTime seconds since 1970, of the snapshot or later
 * @param later a snapshot of that time, which contains the positions that matured between the two
 * @returns undefined where past checkpoints could not be read
 */
export function overdueAt(
  { pastCheckpoints, latestCheckpoint }: Snapshot,
  { chainTime, checkpointDuration }: { chainTime: number; checkpointDuration: number },
  later?: Snapshot,
): Overdue[] | undefined {
  if (!pastCheckpoints.ok || !latestCheckpoint.ok) return undefined;
  if (later && !(later.pastCheckpoints.ok && later.latestCheckpoint.ok)) return undefined;
  const latest = chainTime - (chainTime % checkpointDuration);
  const own = [...pastCheckpoints.value, latestCheckpoint.value].filter(({ minted }) => !minted);
  const since = latestCheckpoint.value.time;
  const meanwhile = later?.pastCheckpoints.ok
    ? later.pastCheckpoints.value.filter(({ time }) => time > since)
    : [];
  const byTime = new Map([...own, ...meanwhile].map(checkpoint => [checkpoint.time, checkpoint]));
  return [...byTime.values()]
    .filter(({ time, matured }) => time < latest && matured > 0n)
    .sort((a, b) => a.time - b.time)
    .map(({ time, matured, shorts }: PastCheckpoint) => ({ time, longs: matured - shorts, shorts }));
}

/**
 * Returns the reserves with each overdue position counted as matured at the latest checkpoint, no earlier.
 * The average of the other positions is then the same as after mints in time, and no honest trade changes the
 * LPs' property.
 * @param latest time of the latest checkpoint, seconds since 1970
 * @returns undefined where an average still lies before it: some overdue positions are not known
 */
export function countedFromLatest<R extends Reserves>(
  reserves: R,
  overdue: readonly Overdue[],
  latest: number,
): R | undefined {
  const moved = (average: bigint, outstanding: bigint, of: (each: Overdue) => bigint) => {
    if (outstanding === 0n) return average;
    const late = overdue.reduce((sum, each) => sum + of(each) * BigInt(latest - each.time), 0n);
    return average + (late * one) / outstanding;
  };
  const longs = moved(reserves.longAverageMaturityTime, reserves.longsOutstanding, ({ longs }) => longs);
  const shorts = moved(reserves.shortAverageMaturityTime, reserves.shortsOutstanding, each => each.shorts);
  // The contract rounds its averages.
  const earliest = BigInt(latest - 1) * one;
  const isBehind = (average: bigint, outstanding: bigint) => outstanding > 0n && average < earliest;
  if (isBehind(longs, reserves.longsOutstanding) || isBehind(shorts, reserves.shortsOutstanding))
    return undefined;
  return { ...reserves, longAverageMaturityTime: longs, shortAverageMaturityTime: shorts };
}

/**
 * Returns whether some of the checkpoints that may be overdue are known at neither block: then no result is
 * possible.
 */
export function isPartlyKnown({ unknownCheckpoints, diagnostics }: View): boolean {
  return unknownCheckpoints !== undefined && !diagnostics?.checkpoints;
}

/**
 * Returns the two blocks of a view. If the diagnostics have read every checkpoint that may be overdue, both
 * blocks contain all of these checkpoints.
 */
export function withAllCheckpoints({ now, before, diagnostics }: View): Pick<View, 'now' | 'before'> {
  const all = diagnostics?.checkpoints;
  if (!all) return { now, before };
  return {
    now: { ...now, pastCheckpoints: all.now },
    before: before && { ...before, pastCheckpoints: all.before },
  };
}

/**
 * Returns a text for a message: `the checkpoint of 2026-11-21T00:00:00.000Z` for one checkpoint, or
 * `3 checkpoints since 2026-11-21T00:00:00.000Z` for several.
 */
export function namedOverdue(overdue: readonly Overdue[]): string {
  const [first] = overdue;
  if (!first) return 'a checkpoint that is not known';
  const since = new Date(first.time * 1000).toISOString();
  return overdue.length === 1 ? `the checkpoint of ${since}` : `${overdue.length} checkpoints since ${since}`;
}
