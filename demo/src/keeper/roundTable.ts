import { amount, duration, moment } from '../format.ts';
import type { Column } from '../table.ts';
import type { Commit, Round } from './chainRecord.ts';
import { nameOf } from './people.ts';
import { isPaidBack } from './verdicts.ts';

export const roundColumns: readonly Column[] = [
  { heading: 'vault' },
  { heading: 'round', right: true },
  { heading: 'anchor' },
  { heading: 'committed' },
  { heading: 'drawn' },
  { heading: 'tickets', right: true },
  { heading: 'winner' },
  { heading: 'prize', right: true },
  { heading: 'principal', right: true },
  { heading: 'paid back', right: true },
];

/** A longer delay of a commit is shown as a time, not in blocks. */
const lateSeconds = 5;

/** Returns a line for every round that was due. */
export function roundRows(rounds: readonly Round[]): string[][] {
  return rounds.map(
    ({ vault, number, anchor, purchases, commit, draw, isSkipped, paidInWei, paidBackWei }) => [
      vault,
      String(number),
      moment(anchor),
      commit ? commitText(commit, anchor) : 'not yet',
      draw ? `in block ${draw.blocksLate + 1}` : isSkipped ? 'skipped' : '–',
      String(purchases.reduce((sum, { count }) => sum + count, 0)),
      draw ? nameOf(draw.winner) : '–',
      draw ? amount(draw.prizeWei, 18) : '–',
      amount(paidInWei, 18),
      isPaidBack({ paidInWei, paidBackWei }) ? 'all' : amount(paidBackWei, 18),
    ],
  );
}

function commitText({ time, blocksAfterAnchor }: Commit, anchor: number): string {
  return time - anchor > lateSeconds
    ? `${duration(time - anchor)} late`
    : blocksAfterAnchor < 0
      ? 'too early'
      : `in block ${blocksAfterAnchor + 1}`;
}
