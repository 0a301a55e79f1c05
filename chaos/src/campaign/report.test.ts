import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { addToReport, reportOf } from './report.ts';
import type { Result } from './result.ts';
import { tableOf } from './table.ts';

const fault = { id: 'f1', atSeconds: 120, lastsSeconds: 60, parameters: { bot: 'keeper' } };
const result: Result = {
  plan: {
    seed: '7',
    hours: 1,
    faults: [
      { ...fault, spec: 'kill' },
      { ...fault, id: 'f2', spec: 'kill' },
      { ...fault, id: 'f3', spec: 'reorg' },
    ],
  },
  findings: [],
  people: { trade: { done: 40, refused: 2 } },
  chainSeconds: 3_600,
  realSeconds: 300,
  leftOut: [],
  slowedBy: [],
  counts: { checkpoints: 12 },
  delaysMs: { solvency: Array.from({ length: 100 }, (_, i) => (i + 1) * 1_000) },
};
const broken: Result = {
  ...result,
  plan: { ...result.plan, seed: '8' },
  findings: [{ rule: 'checkpoint', text: 'Minutes A: a checkpoint was not minted' }],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chaos-report-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the report', () => {
  it('default: runs, faults by kind, and delays as median, 99th percentile and worst', () => {
    const page = reportOf([result]);
    for (const line of [
      '1 runs, 1.0 hours of chain time, 3 faults, 0 findings.',
      '| 7 | 1.00 | 3 | 5.0 | 0 |',
      'None: nothing was lost, and everything was reported.',
      '| checkpoints | 12 |',
      '| solvency | 100 | 50.0 | 99.0 | 100.0 |',
      '2 kill, 1 reorg.',
    ])
      expect(page.split('\n')).toContain(line);
  });

  it('behavior: runs add up, a finding is named with its seed, and a seed that runs again replaces its run', () => {
    const to = { runs: join(folder, 'runs'), page: join(folder, 'reliability.md') };
    for (const each of [broken, result, result]) addToReport(each, to);
    const page = readFileSync(to.page, 'utf8');
    expect(page).toContain('2 runs, 2.0 hours of chain time, 6 faults, 1 findings.');
    expect(page).toContain('- Seed 8, 1 h: **checkpoint**: Minutes A: a checkpoint was not minted');
    expect(page).toContain('| solvency | 200 | 50.0 | 99.0 | 100.0 |');
  });
});

it('the table of a run says how fast it was, what was injected, and what is wrong', () => {
  const table = tableOf(broken);
  for (const part of [
    '1:00:00 in 0:05:00: 5.0 minutes for an hour',
    '3: 2 kill, 1 reorg',
    '100: median 50.0 s, 99 % 99.0 s, worst 100.0 s',
    '  ✗ checkpoint: Minutes A: a checkpoint was not minted',
  ])
    expect(table).toContain(part);
});
