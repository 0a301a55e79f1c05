import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../clock/index.ts';
import { Standstill } from './Standstill.ts';

const noon = Date.UTC(2026, 10, 30, 12);

/** A bot that reads the head at intervals, on clocks that the test moves. */
class Watch {
  nowMs = 0;
  wallMs = noon;
  number = 100;
  timestamp = noon / 1000;
  readonly standstill: Standstill;

  constructor(isSteady: boolean, blockTimeMs: number) {
    const clock = { now: () => this.wallMs, monotonicMs: () => this.nowMs } as Clock;
    this.standstill = new Standstill({ isSteady }, blockTimeMs, clock);
    this.look();
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.wallMs += ms;
  }

  look(best = this.number): number | undefined {
    const hash = `0x${this.number}`;
    const block = { number: this.number, hash, parentHash: '', timestamp: this.timestamp };
    this.standstill.see({ ...block, baseFeeWei: undefined }, best);
    return this.standstill.since;
  }

  /** Mines blocks at regular times, each seen at once, at the time of its timestamp. */
  follow(blocks: number, everyMs: number): void {
    for (let i = 0; i < blocks; i += 1) {
      this.pass(everyMs);
      this.number += 1;
      this.timestamp = Math.floor(this.wallMs / 1000);
      this.look();
    }
  }

  /**
   * Lets the head stand still.
   * @returns after how many ms the standstill was reported, if it was
   */
  stand(forMs: number, lookEveryMs: number): number | undefined {
    for (let passedMs = lookEveryMs; passedMs <= forMs; passedMs += lookEveryMs) {
      this.pass(lookEveryMs);
      if (this.look() !== undefined) return passedMs;
    }
    return undefined;
  }
}

const seconds = (count: number) => count * 1_000;

describe('a chain of the table', () => {
  it.each([
    [400, 30_000],
    [2_000, 30_000],
    [5_000, 50_000],
    [12_000, 120_000],
  ])('with blocks every %i ms stands still after %i ms without a new head', (blockTimeMs, limitMs) => {
    const watch = new Watch(true, blockTimeMs);
    watch.follow(20, blockTimeMs);
    const toldMs = watch.stand(seconds(600), 500) ?? 0;
    expect(toldMs).toBeGreaterThan(limitMs);
    expect(toldMs).toBeLessThanOrEqual(limitMs + 500);
    expect(watch.standstill.since).toBe(watch.wallMs - toldMs);
  });

  it('stands still too where no head was ever seen to come', () => {
    expect(new Watch(true, 400).stand(seconds(400), 500)).toBe(30_500);
  });

  it('that leaves out several slots in a row does not', () => {
    const watch = new Watch(true, 12_000);
    watch.follow(20, 12_000);
    for (const missed of [3, 1, 5, 7, 2]) {
      expect(watch.stand(missed * 12_000, 1_000)).toBeUndefined();
      watch.follow(3, 12_000);
    }
  });

  it('moves again with the next block, and is told at the same limit when it stands still once more', () => {
    const watch = new Watch(true, 2_000);
    watch.follow(20, 2_000);
    expect(watch.stand(seconds(400), 1_000)).toBe(31_000);
    watch.pass(seconds(3_600));
    watch.follow(1, 2_000);
    expect(watch.standstill.since).toBeUndefined();
    expect(watch.standstill.observation(2)).toEqual({ check: 'chain-standstill', failing: false });
    watch.follow(20, 2_000);
    expect(watch.stand(seconds(400), 1_000)).toBe(31_000);
  });

  it('moves as long as any endpoint tells of a newer head', () => {
    const watch = new Watch(true, 2_000);
    for (let i = 1; i < 100; i += 1) {
      watch.pass(2_000);
      expect(watch.look(watch.number + i)).toBeUndefined();
    }
  });

  it('stands still also where nodes at two heads answer in turn', () => {
    const watch = new Watch(true, 2_000);
    watch.follow(10, 2_000);
    let told: number | undefined;
    for (let i = 0; i < 40; i += 1) {
      watch.pass(1_000);
      watch.number += i % 2 === 0 ? -1 : 1;
      told = watch.look() ?? told;
    }
    expect(told).toBeDefined();
  });

  it.each([5, 20, 1_000])('stands still also where nodes %i blocks apart answer in turn', apart => {
    const watch = new Watch(true, 400);
    watch.follow(1_100, 400);
    const newest = watch.number;
    let told: number | undefined;
    for (let look = 0; look < 200 && told === undefined; look += 1) {
      watch.pass(500);
      watch.number = look % 3 === 0 ? newest - apart : newest;
      told = watch.look();
    }
    expect(told).toBeDefined();
  });

  it('that was set back goes on from there', () => {
    const watch = new Watch(true, 2_000);
    watch.follow(20, 2_000);
    watch.number -= 15;
    watch.follow(60, 2_000);
    expect(watch.standstill.since).toBeUndefined();
  });

  it.each([-3_600, 3_600])('is not told by a clock that is set by %i s', setSeconds => {
    const watch = new Watch(true, 2_000);
    watch.follow(20, 2_000);
    watch.wallMs += seconds(setSeconds);
    expect(watch.stand(seconds(20), 1_000)).toBeUndefined();
    expect(watch.stand(seconds(20), 1_000)).toBe(11_000);
  });

  it('is not told by the first look after the process was stopped for an hour', () => {
    const watch = new Watch(true, 2_000);
    watch.follow(20, 2_000);
    watch.pass(seconds(3_600));
    expect(watch.look()).toBeUndefined();
    watch.follow(1, 2_000);
    expect(watch.standstill.since).toBeUndefined();
  });

  it('that is looked at every half minute is told after some looks', () => {
    const watch = new Watch(true, 2_000);
    for (let i = 0; i < 10; i += 1) {
      watch.number += 14;
      watch.follow(1, 30_000);
    }
    expect(watch.stand(seconds(600), 30_000)).toBe(60_000);
  });
});

describe('a chain that may mine on demand', () => {
  it('does not stand still while nothing is sent on it for a day', () => {
    expect(new Watch(false, 1_000).stand(seconds(86_400), 4_000)).toBeUndefined();
  });

  it('does not stand still after a burst of transactions, whose blocks bear times ahead of the clock', () => {
    const watch = new Watch(false, 1_000);
    for (let i = 0; i < 200; i += 1) {
      watch.follow(1, 130);
      watch.timestamp = noon / 1000 + i;
      watch.look();
    }
    expect(watch.stand(seconds(3_600), 1_000)).toBeUndefined();
  });

  it('does not stand still between transactions that people send now and then', () => {
    const watch = new Watch(false, 1_000);
    for (const pauseMs of [900, 4_000, 300, 31_000, 2_000, 70_000, 500, 12_000, 1_000, 45_000, 700, 90_000]) {
      expect(watch.stand(pauseMs, 250)).toBeUndefined();
      watch.follow(1, 10);
    }
    expect(watch.stand(seconds(3_600), 1_000)).toBeUndefined();
  });

  it('stands still once its blocks came by themselves and no longer do', () => {
    const watch = new Watch(false, 1_000);
    watch.follow(25, 1_000);
    expect(watch.stand(seconds(400), 500)).toBe(30_500);
    watch.follow(1, 1_000);
    expect(watch.standstill.since).toBeUndefined();
  });
});

it('the message says since when, at which block, what it means and what to do', () => {
  const watch = new Watch(true, 400);
  watch.stand(seconds(31), 500);
  const observation = watch.standstill.observation(2);
  expect(observation).toMatchObject({ check: 'chain-standstill', failing: true });
  expect((observation as { message: string }).message).toBe(
    'the chain or every endpoint stands still since 2026-11-30T12:00:00.000Z: block 100 is the newest that any of 2 endpoints tells, ' +
      'and a new one is expected every 0.4 s. What happens on the chain is not seen, and nothing is sent in time. ' +
      'Compare with a block explorer: where the chain goes on, add or change an endpoint',
  );
});
