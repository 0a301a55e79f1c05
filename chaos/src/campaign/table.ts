import { clockOf } from './Progress.ts';
import type { Result } from './result.ts';

/** Returns what a run did and found, as lines for a terminal. */
export function tableOf({ plan, findings, people, chainSeconds, realSeconds, figures }: Result): string {
  const counts = new Map<string, number>();
  for (const { spec } of plan.faults) counts.set(spec, (counts.get(spec) ?? 0) + 1);
  const list = (entries: readonly (readonly [string, number])[]) =>
    entries.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
  const perHour = (realSeconds / 60 / (chainSeconds / 3_600)).toFixed(1);
  const rows: [string, string][] = [
    ['seed', plan.seed],
    ['chain time', `${clockOf(chainSeconds)} in ${clockOf(realSeconds)}: ${perHour} minutes for an hour`],
    ['faults', `${plan.faults.length}: ${list([...counts].sort(([, a], [, b]) => b - a))}`],
    ['people', list(Object.entries(people).map(([kind, { done }]) => [kind, done] as const))],
    ['  refused', list(Object.entries(people).map(([kind, { refused }]) => [kind, refused] as const))],
    ...Object.entries(figures).map(([what, figure]): [string, string] => [what, `${figure}`]),
    ['findings', `${findings.length}`],
  ];
  const lines = rows.map(([what, figure]) => `${what.padEnd(24)}${figure}`);
  return [...lines, ...findings.map(({ rule, text }) => `  ✗ ${rule}: ${text}`)].join('\n');
}
