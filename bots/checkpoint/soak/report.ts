import { keptMB, memoryGrowth, outsideMB } from './memory.ts';
import type { Findings } from './soak.ts';

/** Returns the forbidden results; empty when all is well. */
export function faultsFound({ mints, transactions, exit, crashes, openAlerts, memory }: Findings): string[] {
  const found = memoryGrowth(memory);
  const claim = (isSo: boolean, otherwise: string) => {
    if (!isSo) found.push(otherwise);
  };
  claim(mints.matured > 0, 'nothing matured: the soak shows nothing');
  claim(mints.missing.length === 0, `not minted: ${mints.missing.join(', ')}`);
  claim(mints.twice.length === 0, `minted twice by the bot: ${mints.twice.join(', ')}`);
  claim(transactions.gapless, "the bot's nonces have a gap, or something still waits");
  claim(transactions.repeated === 0, `${transactions.repeated} calls were sent more than once`);
  claim(crashes.length === 0, `crashed: ${crashes.join('; ')}`);
  claim(exit.code === 0, `the bot ended with ${exit.code ?? exit.signal}`);
  claim(openAlerts.length === 0, `still open: ${openAlerts.join('; ')}`);
  return found;
}

/** Returns the summary, in lines. */
export function summary(findings: Findings): string {
  const { mints, transactions, rounds, memory, faults, alerts } = findings;
  const rows: [string, string][] = [
    ['chain time', `${(findings.chainSeconds / 60).toFixed(0)} minutes, ${findings.blocks} blocks`],
    ['faults', `${sum(faults)} times one of ${faults.size} kinds`],
    ['positions opened', `${findings.positions}`],
    [
      'checkpoints matured',
      `${mints.matured}: ${mints.byBot} minted by the bot, ${mints.byTrades} by trades`,
    ],
    ['not minted; twice by the bot', `${mints.missing.length}; ${mints.twice.length}`],
    [
      'transactions of the bot',
      `${transactions.count}, ${transactions.reverted} reverted, ${transactions.repeated} repeated, ${transactions.gapless ? 'no gap' : 'A GAP'}`,
    ],
    ['rounds', `${rounds.completed} completed, ${rounds.failed} failed`],
    ['crashes', `${findings.crashes.length}; ended with ${findings.exit.code ?? findings.exit.signal}`],
    ['alerts', `${list(alerts)}; ${findings.openAlerts.length} open at the end`],
    ['resident memory, eighths', inEighths(memory, samples => mean(samples.map(({ resident }) => resident)))],
    ['  heap that is kept', inEighths(memory, keptMB)],
    [
      "  V8's room for garbage",
      inEighths(memory, samples => mean(samples.map(({ heap }) => heap)) - keptMB(samples)),
    ],
    ['  outside the heap', inEighths(memory, outsideMB)],
  ];
  return rows.map(([what, figure]) => `${what.padEnd(30)}${figure}`).join('\n');
}

/** Returns a figure of every eighth of the time. */
function inEighths<T>(samples: readonly T[], figure: (part: readonly T[]) => number): string {
  const size = Math.ceil(samples.length / 8);
  const parts = Array.from({ length: 8 }, (_, i) => samples.slice(i * size, (i + 1) * size));
  const figures = parts.filter(part => part.length > 0).map(part => figure(part).toFixed(0));
  return `${figures.join(' ')} MB`;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0) / numbers.length;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, each) => total + each, 0);
}

function list(counts: ReadonlyMap<string, number>): string {
  return counts.size === 0 ? 'none' : [...counts].map(([check, count]) => `${count} ${check}`).join(', ');
}
