import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Cadence, Due, TargetReport } from '../bot.ts';
import { Timetable } from './Timetable.ts';

const now = 1_800_000_000_000;
const chainNow = now / 1000;
const head = 100;
const minute = 60_000;
const blockTimeMs = 12_000;
const cadence: Cadence = {
  lookEveryMs: 5 * minute,
  discoverEveryMs: 10 * minute,
  errorsUntilCritical: 3,
  chainSpeed: 1,
};

type Next = Pick<TargetReport, 'next' | 'lookBy' | 'error'>;
const at = (due: { chainTime: number } | { clockTime: number } | { block: number }): Next => {
  return { next: { what: 'work', ...due } as Due };
};
const failed = (next: Next = {}): Next => ({ ...next, error: new Error('it failed') });

/** A bot that has just discovered, and whose first round took no time. */
function timetable() {
  const it = new Timetable(cadence, { blockTimeMs }, { now, wallNow: now });
  const block = { number: head, hash: '0x', parentHash: '0x', timestamp: chainNow, baseFeeWei: undefined };
  return {
    it,
    pauseAfter(targets: Next[], { errorsInARow = 0, unfinished = false } = {}): number {
      const reports = targets.map((target, i) => ({ address: `${i}`, actions: [], ...target }));
      const report = { block, targets: reports, observations: [], unfinished };
      return it.pauseAfter({ report, startedAt: now, now, wallNow: now, errorsInARow: () => errorsInARow });
    },
  };
}

describe('the pause after a round', () => {
  it.each<[string, Next[], number]>([
    ['nothing is due: until the usual look', [{}, {}], 5 * minute],
    ['no pool at all: the same', [], 5 * minute],
    ['at a time of this machine: until then', [at({ clockTime: now + minute })], minute],
    ['at a time of the chain: until a block before it', [at({ chainTime: chainNow + 60 })], 48_000],
    ['at a block: until a block before it', [at({ block: head + 4 })], 36_000],
    ['the next block: looks at once, several times a block', [at({ block: head + 1 })], 1_000],
    ['several: the soonest', [at({ block: head + 4 }), at({ clockTime: now + 20_000 })], 20_000],
    ['later than the usual look: that one', [at({ clockTime: now + 60 * minute })], 5 * minute],
    ['overdue: at once, and in no hot loop', [at({ clockTime: now - minute })], 1_000],
  ])('default: %s', (_, targets, pauseMs) => {
    expect(timetable().pauseAfter(targets)).toBe(pauseMs);
  });

  it('behavior: is one second while work is unfinished, also when the next action is later', () => {
    expect(timetable().pauseAfter([at({ clockTime: now + minute })], { unfinished: true })).toBe(1_000);
  });

  it('behavior: ends when a pool has to be looked at again, however late its next action is', () => {
    const inAWeek = at({ clockTime: now + 7 * 24 * 60 * minute }).next;
    const lookBy = at({ block: head + 5 }).next;
    expect(timetable().pauseAfter([{ next: inAWeek, lookBy }, {}])).toBe(48_000);
    expect(timetable().pauseAfter([failed({ next: inAWeek, lookBy })], { errorsInARow: 9 })).toBe(30_000);
  });

  it('behavior: a wall clock that was set back during a round does not lengthen it', () => {
    const it = new Timetable(cadence, { blockTimeMs }, { now, wallNow: now });
    const block = { number: head, hash: '0x', parentHash: '0x', timestamp: chainNow, baseFeeWei: undefined };
    const wallNow = now - 10 * minute;
    const { next } = at({ clockTime: wallNow + minute });
    const report = { block, targets: [{ address: '0', actions: [], next }], observations: [] };
    expect(it.pauseAfter({ report, startedAt: now, now, wallNow, errorsInARow: () => 0 })).toBe(minute);
  });

  it('behavior: follows the time between blocks as it is learned', () => {
    const chain = { blockTimeMs };
    const it = new Timetable(cadence, chain, { now, wallNow: now });
    const block = { number: head, hash: '0x', parentHash: '0x', timestamp: chainNow, baseFeeWei: undefined };
    const report = {
      block,
      targets: [{ address: '0', actions: [], ...at({ block: head + 4 }) }],
      observations: [],
    };
    const round = { report, startedAt: now, now, wallNow: now, errorsInARow: () => 0 };
    expect(it.pauseAfter(round)).toBe(36_000);
    chain.blockTimeMs = 400;
    expect(it.pauseAfter(round)).toBe(1_200);
  });

  it.each([
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [6, 30_000],
    [1_100, 30_000],
  ])(
    'behavior: a pool that failed %i times in a row is looked at again in %i ms',
    (errorsInARow, pauseMs) => {
      const overdue = failed(at({ clockTime: now - minute }));
      expect(timetable().pauseAfter([overdue], { errorsInARow })).toBe(pauseMs);
      expect(timetable().pauseAfter([failed()], { errorsInARow })).toBe(pauseMs);
    },
  );

  it('behavior: what is due sooner than a failed pool is tried again ends the pause', () => {
    const soon = at({ clockTime: now + 3_000 });
    expect(timetable().pauseAfter([failed(soon)], { errorsInARow: 6 })).toBe(3_000);
    expect(timetable().pauseAfter([failed(), soon], { errorsInARow: 6 })).toBe(3_000);
  });

  it('property: it is never shorter than a look takes, nor longer than the bot’s own interval', () => {
    const offset = fc.integer({ min: -100, max: 100_000 });
    const due = fc.oneof(
      offset.map(s => at({ chainTime: chainNow + s })),
      offset.map(s => at({ clockTime: now + s * 1000 })),
      offset.map(blocks => at({ block: head + blocks })),
      fc.constant<Next>({}),
    );
    const target = fc.tuple(due, fc.boolean()).map(([next, isFailed]) => (isFailed ? failed(next) : next));
    fc.assert(
      fc.property(fc.array(target), fc.nat(2_000), (targets, errorsInARow) => {
        const pauseMs = timetable().pauseAfter(targets, { errorsInARow });
        expect(pauseMs).toBeGreaterThanOrEqual(1_000);
        expect(pauseMs).toBeLessThanOrEqual(cadence.lookEveryMs);
      }),
    );
  });
});

describe('the pause after a round that failed altogether', () => {
  it('default: grows with the failures, up to 30 s, while nothing is due', () => {
    const { it, pauseAfter } = timetable();
    pauseAfter([]);
    expect([1, 2, 3, 6, 50].map(failures => it.pauseAfterFailure(failures, now))).toEqual([
      1_000, 2_000, 4_000, 30_000, 30_000,
    ]);
  });

  it('behavior: ends when something is due', () => {
    const { it, pauseAfter } = timetable();
    pauseAfter([at({ clockTime: now + 50_000 })]);
    expect(it.pauseAfterFailure(9, now + 30_000)).toBe(20_000);
  });

  it('behavior: ends when a pool has to be looked at again', () => {
    const { it, pauseAfter } = timetable();
    pauseAfter([{ lookBy: at({ block: head + 2 }).next }]);
    expect(it.pauseAfterFailure(9, now + 2_000)).toBe(10_000);
  });

  it('behavior: is 5 s at most while something is overdue', () => {
    const { it, pauseAfter } = timetable();
    pauseAfter([at({ clockTime: now + 50_000 })]);
    expect(it.pauseAfterFailure(9, now + minute)).toBe(5_000);
    pauseAfter([], { unfinished: true });
    expect(it.pauseAfterFailure(9, now)).toBe(5_000);
  });
});

describe('discovery', () => {
  const later = (minutes: number) => now + minutes * minute;
  const instant = (ms: number, wallMs = ms) => ({ now: ms, wallNow: wallMs });

  it('default: when it is time, counted from the last one', () => {
    const { it } = timetable();
    expect([9, 10].map(minutes => it.isTimeToDiscover(instant(later(minutes))))).toEqual([false, true]);
    it.discovers(instant(later(10)));
    expect([19, 20].map(minutes => it.isTimeToDiscover(instant(later(minutes))))).toEqual([false, true]);
  });

  it('behavior: a wall clock that was set back neither puts it off nor brings it on', () => {
    const { it } = timetable();
    const isTime = (minutes: number) => it.isTimeToDiscover(instant(later(minutes), later(minutes - 60)));
    expect([9, 10].map(isTime)).toEqual([false, true]);
  });

  it('behavior: is due after the machine was asleep, which its steady clock does not count', () => {
    const { it } = timetable();
    expect(it.isTimeToDiscover(instant(later(1), later(60)))).toBe(true);
  });

  it('behavior: keeps the next round waiting until something is due, and no longer', () => {
    const { it, pauseAfter } = timetable();
    expect(it.discoveryMs(now, 2 * minute)).toBe(2 * minute);
    pauseAfter([at({ clockTime: now + 30_000 }), {}]);
    expect(it.discoveryMs(now, 2 * minute)).toBe(30_000);
    // A discovery that was put off for long enough is given its ten seconds.
    expect(it.discoveryMs(now + 29_000, 2 * minute)).toBe(10_000);
    expect(it.discoveryMs(now, 1_000)).toBe(1_000);
  });

  it('behavior: waits while something is due within ten seconds, but not for ever', () => {
    const { it, pauseAfter } = timetable();
    const isTimeBefore = (minutes: number, ms: number) => {
      pauseAfter([at({ clockTime: later(minutes) + ms })]);
      return it.isTimeToDiscover(instant(later(minutes)));
    };
    expect([isTimeBefore(11, 10_001), isTimeBefore(11, 10_000), isTimeBefore(11, -minute)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isTimeBefore(20, 10_000)).toBe(false);
    expect(it.isTimeToDiscover(instant(later(20) + 1))).toBe(true);
  });
});
