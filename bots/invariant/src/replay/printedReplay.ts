import type { Row, Tally } from './Tally.ts';

export interface ReplayResult {
  from: number;
  to: number;
  /** The next block, if it was stopped before the end. */
  stoppedAt: number | undefined;
  pools: number;
  tally: Tally;
}

/** Returns the alerts that would have been raised, as a table for a person. */
export function printedReplay(outcome: ReplayResult): string {
  const { from, to, stoppedAt, pools, tally } = outcome;
  const end =
    stoppedAt === undefined
      ? ''
      : `; stopped before block ${stoppedAt}, and the same command continues there`;
  const { notices, pages } = tally.state;
  const sent = Object.entries(notices).map(([occasion, count]) => `${count} ${occasion}`);
  const lines = [
    `${pools} pool${pools === 1 ? '' : 's'}, blocks ${from} to ${to}${end}`,
    '',
    ...(tally.rows.length === 0 ? ['Nothing would have been raised.'] : table(tally.rows)),
    '',
    `Messages to each channel: ${sent.length === 0 ? 'none' : sent.join(', ')}; pages: ${pages}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Returns the same as JSON, for a program. */
export function replayJson({ from, to, stoppedAt, pools, tally }: ReplayResult): string {
  const { notices, pages } = tally.state;
  return `${JSON.stringify({ from, to, stoppedAt, pools, pages, notices, findings: tally.rows }, null, 2)}\n`;
}

const columns: readonly (readonly [string, (row: Row) => string])[] = [
  ['severity', ({ severity }) => severity],
  ['check', ({ check }) => check],
  ['pool', ({ name }) => name],
  ['first block', ({ firstBlock }) => `${firstBlock}`],
  ['last block', ({ lastBlock }) => `${lastBlock}`],
  ['blocks', ({ blocks }) => `${blocks}`],
  ['raised', ({ raised }) => `${raised}`],
  ['reminders', ({ reminders }) => `${reminders}`],
  ['with others of', ({ cause = '' }) => cause],
];

function table(rows: readonly Row[]): string[] {
  const cells = [columns.map(([title]) => title), ...rows.map(row => columns.map(([, of]) => of(row)))];
  const widths = columns.map((_, i) => Math.max(...cells.map(line => (line[i] as string).length)));
  return [
    ...cells.map(line =>
      line
        .map((cell, i) => cell.padEnd(widths[i] as number))
        .join('  ')
        .trimEnd(),
    ),
    '',
    ...rows.map(({ check, message }) => `${check}: ${message}`),
  ];
}
