import { describe, expect, it } from '@jest/globals';
import { table } from '../table.ts';
import { people } from './people.ts';
import { commitAt, drawOf, round } from './rounds.fixture.ts';
import { roundColumns, roundRows } from './roundTable.ts';

describe('roundRows', () => {
  it('default: what became of each round', () => {
    const rounds = [
      round(),
      round({ number: 2, commit: commitAt(2, 120, 300), draw: drawOf(people.Cleo, 7, { blocksLate: 2 }) }),
      round({ number: 3, purchases: [], draw: undefined, isSkipped: true, paidInWei: 0n, paidBackWei: 0n }),
      round({ number: 4, draw: undefined, paidBackWei: 0n }),
      round({ number: 5, commit: undefined, draw: undefined, paidBackWei: 0n }),
    ];
    expect(table(roundColumns, roundRows(rounds))).toEqual([
      'vault      round  anchor        committed   drawn       tickets  winner  prize  principal  paid back',
      '─────────  ─────  ────────────  ──────────  ──────────  ───────  ──────  ─────  ─────────  ─────────',
      'Wednesday      1  02 Dec 13:00  in block 1  in block 1        8  Ada      1.50       8.00        all',
      'Wednesday      2  09 Dec 13:00  2 min late  in block 3        8  Cleo     1.50       8.00        all',
      'Wednesday      3  16 Dec 13:00  in block 1  skipped           0  –           –          –          –',
      'Wednesday      4  23 Dec 13:00  in block 1  –                 8  –           –       8.00          –',
      'Wednesday      5  30 Dec 13:00  not yet     –                 8  –           –       8.00          –',
    ]);
  });
});
