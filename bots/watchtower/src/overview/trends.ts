import { headroomSeries, profitSeries } from '../history/samples.ts';
import type { PoolView } from './schema.ts';

/** The values of a series, the oldest first. */
export type ValuesOf = (series: string) => readonly { value: number }[];

const points = 42;
/** 100 pools with 15 checks are 1,500. Each series is read from the database, and a bot may name any number of checks. */
const mostSeries = 3_000;

/** The pools with the course of each check's headroom and of profits, thinned to what a line of a few centimetres shows. */
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

/** The last value of each stretch; undefined: too few. */
function lastOfEach(values: readonly number[]): number[] | undefined {
  if (values.length < 2) return undefined;
  const width = Math.max(values.length / points, 1);
  const ends = Array.from({ length: Math.min(points, values.length) }, (_, i) => Math.floor((i + 1) * width));
  return ends.map(end => values[Math.min(end, values.length) - 1] as number);
}

/** The least value of each stretch: a dip is what matters. */
function thinned(values: readonly number[]): number[] {
  const width = Math.max(values.length / points, 1);
  const starts = Array.from({ length: Math.min(points, values.length) }, (_, i) => Math.floor(i * width));
  return starts.map((start, i) => Math.min(...values.slice(start, starts[i + 1] ?? values.length)));
}
