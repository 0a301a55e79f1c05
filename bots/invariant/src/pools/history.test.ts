import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  at,
  before,
  emptyHistory,
  type History,
  inserted,
  lookedBackTo,
  type Moment,
  record,
  without,
} from './history.ts';

const hour = 3_600;
const moment = (block: number, time: number, vaultSharePrice = 1n): Moment => ({
  block,
  time,
  vaultSharePrice,
  weightedSpotPrice: 0n,
});
const recorded = (moments: readonly Moment[], lookBack = hour): History =>
  moments.reduce((history, each) => record(history, each, lookBack), emptyHistory);

/** Blocks at irregular intervals: some fast, some after a pause. */
const chain = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 * hour })), {
    minLength: 1,
    maxLength: 400,
  })
  .map(gaps => {
    let time = 1_700_000_000;
    return gaps.map((gap, i) => {
      time += gap;
      return moment(i + 1, time, BigInt(gap + 1));
    });
  });

describe('history', () => {
  it('default: finds the newest before a block, and the newest at a time', () => {
    const history = recorded([moment(1, 100), moment(2, 200), moment(3, 300)]);
    expect(before(history, 3)?.block).toBe(2);
    expect(before(history, 1)).toBeUndefined();
    expect(at(history, 299)?.block).toBe(2);
    expect(at(history, 99)).toBeUndefined();
  });

  it('a moment that is found out later goes where it belongs, and costs none of those after it', () => {
    const history = recorded([moment(10, 1_000), moment(30, 3_000), moment(31, 3_012)]);
    const blocks = (block: number, time: number) =>
      inserted(history, moment(block, time), hour).moments.map(each => each.block);
    expect(blocks(20, 2_000)).toEqual([10, 20, 30, 31]);
    expect(blocks(5, 500)).toEqual([5, 10, 30, 31]);
    expect(blocks(32, 3_024)).toEqual([10, 30, 31, 32]);
  });

  it('a price is compared with earlier ones alone, also while older blocks are caught up on', () => {
    const history = recorded([moment(30, 3_000), moment(31, 3_012)]);
    expect(lookedBackTo(history, { number: 32, timestamp: 3_024 }, hour)?.block).toBe(30);
    expect(lookedBackTo(history, { number: 29, timestamp: 2_988 }, hour)).toBeUndefined();
  });

  it('stays small, however fast blocks come and however long', () => {
    fc.assert(fc.property(chain, moments => recorded(moments).moments.length <= 80));
    const days = Array.from({ length: 50_000 }, (_, i) => moment(i, 1_700_000_000 + i * 2));
    expect(recorded(days).moments.length).toBeLessThan(80);
  });

  it('always has the price of a look-back ago, to a sixtieth of it, once it is that old', () => {
    fc.assert(
      fc.property(chain, moments => {
        const last = moments.at(-1) as Moment;
        const since = last.time - hour;
        const exact = moments.findLast(({ time }) => time <= since);
        const known = at(recorded(moments), since);
        if (exact === undefined) expect(known).toBeUndefined();
        else {
          expect(known).toBeDefined();
          expect(exact.time - (known as Moment).time).toBeLessThan(hour / 60 + 13);
        }
      }),
    );
  });

  it('does so while blocks come every few seconds', () => {
    let history = emptyHistory;
    for (let i = 0; i < 3_000; i += 1) {
      const time = 1_700_000_000 + i * 7;
      history = record(history, moment(i, time), hour);
      const known = at(history, time - hour);
      if (i * 7 >= hour) expect(time - hour - (known?.time ?? 0)).toBeLessThanOrEqual(hour / 60 + 7);
    }
  });

  it('keeps each of the last blocks', () => {
    fc.assert(
      fc.property(chain, moments => {
        const newest = recorded(moments).moments.slice(-Math.min(8, moments.length));
        expect(newest).toEqual(moments.slice(-newest.length));
      }),
    );
  });

  it('removes the blocks that a reorg has replaced', () => {
    const history = without(recorded([moment(1, 100), moment(2, 112), moment(3, 124)]), 2);
    expect(history.moments.map(({ block }) => block)).toEqual([1]);
  });
});
