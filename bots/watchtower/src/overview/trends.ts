import { headroomSeries } from '../history/samples.ts';
import type { PoolView } from './schema.ts';

/** The values of a series, the oldest first. */
export type ValuesOf = (series: string) => readonly { value: number }[];

const points = 42;

/** The pools with the course of each check's headroom, thinned to what a line of a few centimetres shows. */
export function withTrends(pools: readonly PoolView[], valuesOf: ValuesOf): PoolView[] {
  return pools.map(pool => ({
    ...pool,
    checks: pool.checks.map(check => {
      if (check.headroomPercent === undefined) return check;
      const values = valuesOf(headroomSeries(pool.chainId, pool.address, check.name)).map(
        ({ value }) => value,
      );
      return values.length < 2 ? check : { ...check, trend: thinned(values) };
    }),
  }));
}

/** The least value of each stretch: a dip is what matters. */
function thinned(values: readonly number[]): number[] {
  const width = Math.max(values.length / points, 1);
  const starts = Array.from({ length: Math.min(points, values.length) }, (_, i) => Math.floor(i * width));
  return starts.map((start, i) => Math.min(...values.slice(start, starts[i + 1] ?? values.length)));
}
