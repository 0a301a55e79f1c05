import { clockOf } from './Progress.ts';
import type { Result } from './result.ts';

/** Returns what a run did and found, as lines for a terminal. */
export function tableOf({
  plan,
  findings,
  people,
  chainSeconds,
  realSeconds,
  counts: checked,
  delaysMs,
  runAs = 'processes',
  leftOut,
  slowedBy,
}: Result): string {
  const counts = new Map<string, number>();
  for (const { spec } of plan.faults) counts.set(spec, (counts.get(spec) ?? 0) + 1);
  const list = (entries: readonly (readonly [string, number])[]) =>
    entries.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
  const perHour = (realSeconds / 60 / (chainSeconds / 3_600)).toFixed(1);
  const rows: [string, string][] = [
    ['seed', plan.seed],
    ['bots run as', runAs],
    ['chain time', `${clockOf(chainSeconds)} in ${clockOf(realSeconds)}: ${perHour} minutes for an hour`],
    ['  slowed down by', list(slowedBy.slice(0, 5))],
    ['faults', `${plan.faults.length}: ${list([...counts].sort(([, a], [, b]) => b - a))}`],
    ['people', list(Object.entries(people).map(([kind, { done }]) => [kind, done] as const))],
    ['  refused', list(Object.entries(people).map(([kind, { refused }]) => [kind, refused] as const))],
    ...(leftOut.length === 0
      ? []
      : [['left out', `${leftOut.length}: ${leftOut.join(', ')}`] as [string, string]]),
    ['checked', list(Object.entries(checked))],
    ...Object.entries(delaysMs).map(([what, delays]): [string, string] => [`  ${what}`, delaysOf(delays)]),
    ['findings', `${findings.length}`],
  ];
  const lines = rows.map(([what, figure]) => `${what.padEnd(24)}${figure}`);
  return [...lines, ...grouped(findings)].join('\n');
}

/** Returns a line for each finding; findings that differ only in their channel or second are one. */
function grouped(findings: Result['findings']): string[] {
  const groups = new Map<string, { line: string; count: number }>();
  for (const { rule, text } of findings) {
    const key = `${rule} ${text.replace(/ through \w+| at \S+:\d\d/g, '').replace(/ \{.*/s, '')}`;
    const group = groups.get(key) ?? { line: `  ✗ ${rule}: ${text}`, count: 0 };
    groups.set(key, { ...group, count: group.count + 1 });
  }
  return [...groups.values()].map(({ line, count }) => (count === 1 ? line : `${line} (${count} times)`));
}

/** Returns how many there were, their median, 99th percentile and the worst. */
export function delaysOf(delaysMs: readonly number[]): string {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const at = (part: number) => ((sorted[Math.ceil(part * sorted.length) - 1] ?? 0) / 1_000).toFixed(1);
  return sorted.length === 0
    ? 'none'
    : `${sorted.length}: median ${at(0.5)} s, 99 % ${at(0.99)} s, worst ${at(1)} s`;
}
