import { describe, expect, it } from '@jest/globals';
import type { MaturedCheckpoint } from '@service-bots/core/hyperdrive';
import fc from 'fast-check';
import { Backlog } from './Backlog.ts';

const day = 86_400;
const state = (time: number, minted: boolean, shorts = 1n): MaturedCheckpoint => ({
  time,
  minted,
  maturedLongs: 0n,
  maturedShorts: shorts,
});

describe('what to read', () => {
  it('reads the two latest checkpoints first, and then its way back', () => {
    const backlog = new Backlog(day, 0);
    expect(backlog.toRead(100 * day, 3)).toEqual([100, 99, 98, 97, 96].map(n => n * day));
  });

  it('goes no further back than positions can have matured', () => {
    const backlog = new Backlog(day, 97 * day + 1);
    expect(backlog.toRead(100 * day, 50)).toEqual([100, 99, 98].map(n => n * day));
  });

  it('takes up the past where it stopped', () => {
    const backlog = new Backlog(day, 0);
    backlog.record(
      backlog.toRead(100 * day, 2).map(time => state(time, true)),
      1,
    );
    expect(backlog.toRead(100 * day, 2)).toEqual([100, 99, 96, 95].map(n => n * day));
  });

  it('reads everything that has come since, however long that was', () => {
    const backlog = new Backlog(day, 100 * day);
    backlog.record([state(100 * day, true)], 1);
    expect(backlog.toRead(105 * day, 10)).toEqual([105, 104, 103, 102, 101].map(n => n * day));
  });

  it('never reads settled checkpoints again, except the two latest', () => {
    const backlog = new Backlog(day, 90 * day);
    backlog.record(
      backlog.toRead(100 * day, 50).map(time => state(time, true)),
      1,
    );
    expect(backlog.complete).toBe(true);
    expect(backlog.toRead(100 * day, 50)).toEqual([100 * day, 99 * day]);
  });

  it('reads missed checkpoints again until they are minted', () => {
    const backlog = new Backlog(day, 90 * day);
    backlog.record(
      backlog.toRead(100 * day, 50).map(time => state(time, time !== 93 * day)),
      1,
    );
    expect(backlog.toRead(101 * day, 50)).toEqual([101 * day, 100 * day, 93 * day]);
    backlog.record([state(93 * day, true)], 2);
    expect(backlog.toRead(101 * day, 50)).not.toContain(93 * day);
  });

  it('has read every checkpoint of a pool once its past is complete, whatever the rounds were like', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.array(
          fc.record({ days: fc.integer({ min: 0, max: 9 }), limit: fc.integer({ min: 1, max: 20 }) }),
          { minLength: 1 },
        ),
        (past, rounds) => {
          const backlog = new Backlog(day, (1_000 - past) * day);
          const read = new Set<number>();
          let latest = 1_000 * day;
          for (const { days, limit } of rounds) {
            latest += days * day;
            const times = backlog.toRead(latest, limit);
            for (const time of times) read.add(time);
            backlog.record(
              times.map(time => state(time, true)),
              1,
            );
          }
          while (!backlog.complete) {
            const times = backlog.toRead(latest, 20);
            for (const time of times) read.add(time);
            backlog.record(
              times.map(time => state(time, true)),
              1,
            );
          }
          for (let time = (1_000 - past) * day; time <= latest; time += day)
            expect(read.has(time)).toBe(true);
        },
      ),
    );
  });
});

describe('what is missed', () => {
  it('is a checkpoint with matured positions that nobody has minted', () => {
    const backlog = new Backlog(day, 0);
    backlog.record([state(3 * day, true), state(2 * day, false), state(1 * day, false, 0n)], 1);
    expect(backlog.missed.map(({ time }) => time)).toEqual([2 * day]);
    expect(backlog.newestMinted).toBe(3 * day);
  });

  it('is missed again when a reorg has taken the mint back', () => {
    const backlog = new Backlog(day, 0);
    backlog.record([state(2 * day, true)], 10);
    backlog.record([state(2 * day, false)], 11);
    expect(backlog.missed).toHaveLength(1);
  });

  it('is not missed again because a node lags behind the block it was minted in', () => {
    const backlog = new Backlog(day, 0);
    backlog.record([state(2 * day, false)], 10);
    backlog.recordMinted(2 * day, 12);
    backlog.record([state(2 * day, false)], 11);
    expect(backlog.missed).toHaveLength(0);
    backlog.record([state(2 * day, false)], 12);
    expect(backlog.missed).toHaveLength(1);
  });
});
