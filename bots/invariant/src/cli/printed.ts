import type { Verdict } from '../checks/verdict.ts';
import { show } from '../readings/quantity.ts';
import type { CheckedBlock } from './checkBlock.ts';
import { configRows, type Row, readingRows, rowsOf } from './readingRows.ts';

/** Returns all inputs and results of a check, for a person. */
export function printed({ view, verdicts, remarks }: CheckedBlock): string {
  const { pool, now, before, history, diagnostics } = view;
  const { number, hash, timestamp } = now.block;
  const lines = [
    `${pool.name} ${pool.address} (${pool.kind} ${pool.version})`,
    `block ${number} ${hash} of ${iso(timestamp)}`,
    ...(before ? [`compared with block ${before.block.number} of ${iso(before.block.timestamp)}`] : []),
    ...(diagnostics?.events ?? []).map(
      ({ what, block, transaction }) => `changed by ${what}, block ${block}, ${transaction}`,
    ),
    ...remarks.map(remark => `note: ${remark}`),
    '',
    'the pool',
    ...table(configRows(pool)),
    '',
    `read at block ${number}`,
    ...table(readingRows(now, pool.decimals)),
    ...history.moments.flatMap(({ block, time, vaultSharePrice, weightedSpotPrice }) => [
      '',
      `known of block ${block} of ${iso(time)}`,
      ...table([
        ['vault share price c', show({ value: vaultSharePrice, unit: 'base per share' }, 18)],
        ['weighted spot price', show({ value: weightedSpotPrice, unit: 'base per bond' }, 18)],
      ]),
    ]),
    ...verdicts.flatMap(verdict => ['', ...linesOf(verdict, pool.decimals)]),
  ];
  return `${lines.join('\n')}\n`;
}

const words = {
  holds: 'holds',
  fails: 'FAILS',
  skipped: 'does not apply',
  indeterminate: 'COULD NOT BE DECIDED',
};

function linesOf({ check, result }: Verdict, decimals: number): string[] {
  const why = 'reason' in result ? `: ${result.reason}` : 'message' in result ? `: ${result.message}` : '';
  const severity = result.outcome === 'fails' ? ` (${result.severity ?? check.severity})` : '';
  const against = result.against === undefined ? [] : [`  compared with block ${result.against}`];
  const rows = rowsOf(result.numbers ?? [], decimals);
  if ('headroom' in result && result.headroom) {
    const { left, part } = result.headroom;
    const share = part === undefined ? '' : `, ${show({ value: part, unit: 'ratio' }, 18)}`;
    rows.push(['headroom', `${show(left, decimals)}${share}`]);
  }
  return [
    `${check.name} ${words[result.outcome]}${severity}${why}`,
    `  ${check.formula}`,
    ...against,
    ...table(rows),
  ];
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

const iso = (time: number) => new Date(time * 1000).toISOString();

/** Returns the exit code: 1 when a check fails, else 2 when a check could not be decided, else 0. */
export function exitCodeOf({ verdicts }: CheckedBlock): number {
  const outcomes = verdicts.map(({ result }) => result.outcome);
  if (outcomes.includes('fails')) return 1;
  return outcomes.includes('indeterminate') ? 2 : 0;
}
