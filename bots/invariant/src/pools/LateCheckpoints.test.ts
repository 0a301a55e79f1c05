import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LateCheckpoints } from './LateCheckpoints.ts';

const day = 86_400;
const midnight = 20_000 * day;
const minted = (time: number) => ({ time, minted: true, matured: 5n, shorts: 0n });
const missed = (time: number) => ({ time, minted: false, matured: 5n, shorts: 0n });
/** Returns the checkpoints of a pool in which the first positions matured so many days ago. */
const since = (days: number) => new LateCheckpoints(day, midnight - days * day);
const daysAgo = (...days: number[]) => days.map(each => midnight - each * day);

describe('late checkpoints', () => {
  it('default: reads the past once, and then only new and missed checkpoints', () => {
    const late = since(7);
    const first = late.toRead(midnight + 100, 100);
    expect(first).toEqual(daysAgo(7, 6, 5, 4, 3, 2, 1));
    late.record(first.map(time => (time === midnight - 3 * day ? missed(time) : minted(time))));
    expect(late.toRead(midnight + 200, 100)).toEqual(daysAgo(3));
    expect(late.toRead(midnight + day, 100)).toEqual(daysAgo(3, 0));
    late.record([minted(midnight - 3 * day), minted(midnight)]);
    expect(late.toRead(midnight + day, 100)).toEqual([]);
  });

  it('reads no more at a time than it may, and all in the end, whatever was missed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 40 }),
        fc.func(fc.boolean()),
        (most, reach, isMissed) => {
          const late = since(reach);
          const seen = new Set<number>();
          for (let round = 0; round < 60; round += 1) {
            const times = late.toRead(midnight, most);
            expect(times.length).toBeLessThanOrEqual(2 * most);
            for (const time of times) seen.add(time);
            late.record(times.map(time => (isMissed(time) ? missed(time) : minted(time))));
          }
          expect(seen.size).toBe(reach);
        },
      ),
    );
  });

  it('each of those that are missed has its turn', () => {
    const late = since(10);
    late.record(late.toRead(midnight, 100).map(missed));
    const seen = new Set<number>();
    for (let round = 0; round < 4; round += 1) {
      const times = late.toRead(midnight, 3);
      for (const time of times) seen.add(time);
      late.record(times.map(missed));
    }
    expect(seen.size).toBe(10);
  });

  it('returns the number of checkpoints that are not known yet', () => {
    const late = since(7);
    const some = daysAgo(2, 1).map(minted);
    expect(late.unknownAfter([], midnight)).toBe(7);
    expect(late.unknownAfter(some, midnight)).toBe(5);
    late.record(some);
    expect(late.unknownAfter([], midnight)).toBe(5);
    late.record(daysAgo(7, 6, 5, 4, 3).map(missed));
    expect(late.unknownAfter(daysAgo(7, 6, 5, 4, 3).map(minted), midnight)).toBe(0);
    expect(late.unknownAfter(daysAgo(7).map(minted), midnight)).toBe(4);
    expect(late.unknownAfter(daysAgo(7, 6, 5, 4, 3).map(missed), midnight + day)).toBe(1);
  });

  it('a pool in which nothing can have matured yet has no past', () => {
    const late = since(-7);
    expect(late.toRead(midnight, 100)).toEqual([]);
    expect(late.unknownAfter([], midnight)).toBe(0);
  });

  it('after a long silence, catches up on all that came in between', () => {
    const late = since(1);
    late.record(late.toRead(midnight, 10).map(minted));
    expect(late.toRead(midnight + 3 * day, 10)).toEqual([0, 1, 2].map(days => midnight + days * day));
  });

  it('after a reorg, looks at the last ones again', () => {
    const late = since(7);
    late.record(late.toRead(midnight, 100).map(minted));
    late.doubtNewest();
    expect(late.toRead(midnight, 100)).toEqual(daysAgo(2, 1));
  });
});
