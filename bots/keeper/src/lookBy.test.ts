import { describe, expect, it } from '@jest/globals';
import { at, committed, poolState } from '../test/poolState.ts';
import { lookByOf } from './look.ts';

const long = 10_000;
const eligibleAt = at('2026-11-25T12:55:00Z');
const before = { number: long, timestamp: eligibleAt - 3_600 };
const inWindow = { number: long, timestamp: eligibleAt };
const soon = { block: long + 5 };

describe('lookByOf', () => {
  it('default: when the round becomes committable, if nothing can happen before', () => {
    expect(lookByOf(poolState(), before, undefined)).toMatchObject({ chainTime: eligibleAt });
  });

  it.each([
    ['a commit is possible', poolState(), inWindow, undefined],
    ['a commit is held for days', poolState(), { number: long, timestamp: eligibleAt + 500_000 }, undefined],
    ['a draw is open', poolState({ previous: committed(long - 3) }), before, undefined],
    ['a draw waits for its target', poolState({ previous: committed(long + 3) }), before, undefined],
    ['a draw is lost and not marked', poolState({ previous: committed(long - 900) }), before, undefined],
    ['an older round is due', poolState({ due: { round: 3n, action: 'settle' } }), before, undefined],
    [
      'a draw was made within its window, which a reorg may undo',
      poolState({ previous: { state: 'settled', salesEndAt: 0, targetBlock: long - 255 } }),
      before,
      undefined,
    ],
    ['the pool has just moved otherwise', poolState(), before, long - 100],
  ])('behavior: within five blocks while %s', (_, state, head, movedAt) => {
    expect(lookByOf(state, head, movedAt)).toMatchObject(soon);
  });

  it('behavior: no more than usual once no reorg can reopen the window', () => {
    const previous = { state: 'settled' as const, salesEndAt: 0, targetBlock: long - 256 };
    expect(lookByOf(poolState({ previous }), before, long - 256)).toMatchObject({ chainTime: eligibleAt });
  });
});
