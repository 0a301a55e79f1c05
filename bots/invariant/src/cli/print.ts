import type { Verdict } from '../evaluate.ts';
import { show } from '../quantity.ts';
import type { CheckedBlock } from './check.ts';

/** Everything a check used and came to, for a person. */
export function printed({ view, verdicts, remarks }: CheckedBlock): string {
  const { pool, now, before, closer } = view;
  const { number, hash, timestamp } = now.block;
  const lines = [
    `${pool.name} ${pool.address} (${pool.kind} ${pool.version})`,
    `block ${number} ${hash} of ${new Date(timestamp * 1000).toISOString()}`,
    ...(before ? [`compared with block ${before.block.number}`] : []),
    ...(closer?.events ?? []).map(
      ({ what, block, transaction }) => `changed by ${what}, block ${block}, ${transaction}`,
    ),
    ...remarks.map(remark => `note: ${remark}`),
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
  const head = [`${check.name} ${words[result.outcome]}${severity}${why}`, `  ${check.formula}`];
  if (!('numbers' in result)) return head;
  const rows = result.numbers.map(number => [
    number.name,
    `${show(number, decimals)}${number.how === undefined ? '' : `   = ${number.how}`}`,
  ]);
  if (result.headroom) {
    const { left, part } = result.headroom;
    const share = part === undefined ? '' : `, ${show({ value: part, unit: 'ratio' }, 18)}`;
    rows.push(['headroom', `${show(left, decimals)}${share}`]);
  }
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return [...head, ...rows.map(([name = '', value]) => `  ${name.padEnd(width)}  ${value}`)];
}

/** What a shell is told: 1 when a check fails, else 2 when one could not be decided, else 0. */
export function exitCodeOf({ verdicts }: CheckedBlock): number {
  const outcomes = verdicts.map(({ result }) => result.outcome);
  if (outcomes.includes('fails')) return 1;
  return outcomes.includes('indeterminate') ? 2 : 0;
}
