import type { Delay } from './alerts.ts';
import { groupBy } from './Timeline.ts';

/** How fast incidents were alerted, ms. */
export interface Delays {
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

/** Returns the figures of all delays; of none, zeros. Percentiles are the nearest measured value from above. */
export function summarize(delays: readonly number[]): Delays {
  const sorted = [...delays].sort((one, other) => one - other);
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, medianMs: rank(0.5), p99Ms: rank(0.99), worstMs: sorted.at(-1) ?? 0 };
}

/** Returns the figures for each check, in the order of their names, and for all of them. */
export function delaysOf(delays: readonly Delay[]): {
  readonly all: Delays;
  readonly byCheck: ReadonlyMap<string, Delays>;
} {
  const byCheck = groupBy(delays, ({ incident }) => incident.checks[0] ?? '');
  return {
    all: summarize(delays.map(({ delayMs }) => delayMs)),
    byCheck: new Map(
      [...byCheck]
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([check, own]) => [check, summarize(own.map(({ delayMs }) => delayMs))]),
    ),
  };
}
