import { headroomSeries, profitSeries } from '../history/samples.ts';
import type { PoolView } from './schema.ts';

/** Returns the values of a series, the oldest first. */
export type ValuesOf = (series: string) => readonly { value: number }[];

const points = 42;
/**
 * The most series in one overview; 100 pools with 15 checks are 1,500. Each series is a database query, and a
 * bot may name any number of checks.
 */
const mostSeries = 3_000;

/**
 * Returns the pools with the trends of headroom and profit, thinned to the resolution of a line a few
 * centimetres wide.
 */
export function withTrends(pools: readonly PoolView[], valuesOf: ValuesOf): PoolView[] {
  let left = mostSeries;
  return pools.map(pool => ({
    ...pool,
    trading: pool.trading && {
      ...pool.trading,
      trend: lastOfEach(valuesOf(profitSeries(pool.chainId, pool.address)).map(({ value }) => value)),
    },
    checks: pool.checks.map(check => {
      if (check.headroomPercent === undefined || left <= 0) return check;
      left -= 1;
      const values = valuesOf(headroomSeries(pool.chainId, pool.address, check.name)).map(
        ({ value }) => value,
      );
      return values.length < 2 ? check : { ...check, trend: thinned(values) };
    }),
  }));
}

/** Returns the last value of each stretch, or undefined when there are fewer than two values. */
function lastOfEach(values: readonly number[]): number[] | undefined {
  if (values.length < 2) return undefined;
  const width = Math.max(values.length / points, 1);
  const ends = Array.from({ length: Math.min(points, values.length) }, (_, i) => Math.floor((i + 1) * width));
  return ends.map(end => values[Math.min(end, values.length) - 1] as number);
}

/** Returns the lowest value of each stretch, so that no dip is lost. */
function thinned(values: readonly number[]): number[] {
  const width = Math.max(values.length / points, 1);
  const starts = Array.from({ length: Math.min(points, values.length) }, (_, i) => Math.floor(i * width));
  return starts.map((start, i) => Math.min(...values.slice(start, starts[i + 1] ?? values.length)));
}
