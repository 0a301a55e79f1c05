import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LateCheckpoints } from './lateCheckpoints.ts';

const day = 86_400;
const midnight = 20_000 * day;
const minted = (time: number) => ({ time, minted: true, matured: 5n });
const missed = (time: number) => ({ time, minted: false, matured: 5n });

describe('late checkpoints', () => {
  it('default: looks through the past once, and then only at what is new or missed', () => {
    const late = new LateCheckpoints(day, 7 * day);
    const first = late.toRead(midnight + 100, 100);
    expect(first).toEqual([7, 6, 5, 4, 3, 2, 1].map(days => midnight - days * day));
    late.record(first.map(time => (time === midnight - 3 * day ? missed(time) : minted(time))));
    expect(late.toRead(midnight + 200, 100)).toEqual([midnight - 3 * day]);
    expect(late.toRead(midnight + day, 100)).toEqual([midnight - 3 * day, midnight]);
    late.record([minted(midnight - 3 * day), minted(midnight)]);
    expect(late.toRead(midnight + day, 100)).toEqual([]);
  });

  it('reads no more at a time than it may, and all in the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 40 }), (most, reach) => {
        const late = new LateCheckpoints(day, reach * day);
        const seen = new Set<number>();
        for (let round = 0; round < 60; round += 1) {
          const times = late.toRead(midnight, most);
          expect(times.length).toBeLessThanOrEqual(most);
          for (const time of times) seen.add(time);
          late.record(times.map(minted));
        }
        expect(seen.size).toBe(reach);
      }),
    );
  });

  it('after a long silence, catches up on all that came in between', () => {
    const late = new LateCheckpoints(day, day);
    late.record(late.toRead(midnight, 10).map(minted));
    expect(late.toRead(midnight + 3 * day, 10)).toEqual([0, 1, 2].map(days => midnight + days * day));
  });

  it('after a reorg, looks at the last ones again', () => {
    const late = new LateCheckpoints(day, 7 * day);
    late.record(late.toRead(midnight, 100).map(minted));
    late.doubtNewest();
    expect(late.toRead(midnight, 100)).toEqual([midnight - 2 * day, midnight - day]);
  });
});
