import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './result.ts';

/** A run as the report keeps it: one JSON file for each. */
export type Reported = Omit<Result, 'people'>;

/** Adds a run to the folder of runs, and writes the report of all of them. */
export function addToReport(result: Result, { runs, page }: { runs: string; page: string }): void {
  const { people: _, ...reported } = result;
  mkdirSync(runs, { recursive: true });
  const name = `${result.plan.seed}-${result.plan.hours}.json`.replaceAll(/[^\w.-]/g, '_');
  writeFileSync(join(runs, name), `${JSON.stringify(reported)}\n`);
  const all = readdirSync(runs)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => JSON.parse(readFileSync(join(runs, file), 'utf8')) as Reported);
  writeFileSync(page, reportOf(all));
}

/** Returns docs/reliability.md. */
export function reportOf(runs: readonly Reported[]): string {
  const hours = runs.reduce((sum, { chainSeconds }) => sum + chainSeconds / 3_600, 0);
  const faults = countBy(runs.flatMap(({ plan }) => plan.faults.map(({ spec }) => spec)));
  const injected = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const findings = runs.flatMap(({ plan, findings: found }) =>
    found.map(
      ({ rule, text }) => `- Seed ${plan.seed}, ${plan.hours} h: **${rule}**: ${text.replace(/ \{.*/s, '')}`,
    ),
  );
  const counts = new Map<string, number>();
  for (const [name, count] of runs.flatMap(run => Object.entries(run.counts)))
    counts.set(name, (counts.get(name) ?? 0) + count);
  const delays = new Map<string, number[]>();
  for (const [name, each] of runs.flatMap(run => Object.entries(run.delaysMs)))
    delays.set(name, [...(delays.get(name) ?? []), ...each]);
  return `${[
    '# Reliability',
    '',
    'This page is written by `make chaos REPORT=1`. Each run puts the whole suite (checkpoint, invariant, keeper,',
    'lpandarb, watchtower) on local chains with the real contracts, injects faults that a seed draws, and checks the',
    'chains and the deliveries afterwards. `make chaos SEED=… HOURS=…` repeats the plan of a run.',
    '',
    `${runs.length} runs, ${hours.toFixed(1)} hours of chain time, ${injected} faults, ${findings.length} findings.`,
    '',
    '## Runs',
    '',
    ...table(
      ['seed', 'chain time, h', 'faults', 'minutes for an hour', 'findings'],
      runs.map(({ plan, chainSeconds, realSeconds, findings: found }) => [
        plan.seed,
        (chainSeconds / 3_600).toFixed(2),
        `${plan.faults.length}`,
        (realSeconds / 60 / (chainSeconds / 3_600)).toFixed(1),
        `${found.length}`,
      ]),
    ),
    '',
    '## Findings',
    '',
    ...(findings.length === 0 ? ['None: nothing was lost, and everything was reported.'] : findings),
    '',
    '## What was checked',
    '',
    ...table(
      ['what', 'count'],
      [...counts].map(([name, count]) => [name, `${count}`]),
    ),
    '',
    '## Delays',
    '',
    'From the moment at which an incident is visible until the first delivery of its alert, in seconds of chain time.',
    '',
    ...table(
      ['incident', 'alerts', 'median', '99 %', 'worst'],
      [...delays].map(([name, each]) => [
        name,
        `${each.length}`,
        ...[0.5, 0.99, 1].map(part => percentile(each, part)),
      ]),
    ),
    '',
    '## Faults',
    '',
    `${[...faults]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}.`,
  ].join('\n')}\n`;
}

function percentile(delaysMs: readonly number[], part: number): string {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  return ((sorted[Math.ceil(part * sorted.length) - 1] ?? 0) / 1_000).toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ['None.'];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
