import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChainClock } from './Timetable.ts';

const now = 1_800_000_000_000;
const chainNow = 1_800_000_000;

describe('ChainClock', () => {
  it('default: on a chain that keeps time, chain time is time', () => {
    const clock = new ChainClock(1, 1_000);
    clock.see({ timestamp: chainNow }, now);
    expect(clock.hereWhen(chainNow + 60)).toBe(now + 60_000);
  });

  it('behavior: the least delay of a block counts, not the last', () => {
    const clock = new ChainClock(1, 12_000);
    clock.see({ timestamp: chainNow }, now + 900);
    clock.see({ timestamp: chainNow + 12 }, now + 12_100);
    clock.see({ timestamp: chainNow + 24 }, now + 24_800);
    expect(clock.hereWhen(chainNow + 36)).toBe(now + 36_100);
  });

  it('behavior: on a sped-up chain an hour may be over in five seconds', () => {
    const clock = new ChainClock(720, 1_000);
    clock.see({ timestamp: chainNow }, now);
    expect(clock.hereWhen(chainNow + 3_600)).toBe(now + 5_000);
  });

  it('behavior: a jump forward is taken over at once', () => {
    const clock = new ChainClock(1, 1_000);
    clock.see({ timestamp: chainNow }, now);
    clock.see({ timestamp: chainNow + 86_400 }, now + 1_000);
    expect(clock.hereWhen(chainNow + 86_400 + 60)).toBe(now + 61_000);
  });

  it('behavior: so is a jump back, and a chain that stood still', () => {
    const clock = new ChainClock(1, 1_000);
    clock.see({ timestamp: chainNow }, now);
    clock.see({ timestamp: chainNow - 600 }, now + 1_000);
    expect(clock.hereWhen(chainNow)).toBe(now + 601_000);
  });

  it('property: later on the chain is later here, as many times as the chain is fast', () => {
    const time = fc.integer({ min: 0, max: 2 ** 33 });
    fc.assert(
      fc.property(time, time, time, fc.integer({ min: 1, max: 1_000 }), (seen, a, b, speed) => {
        const clock = new ChainClock(speed, 1_000);
        clock.see({ timestamp: seen }, now);
        expect(clock.hereWhen(seen)).toBeCloseTo(now, 0);
        expect(clock.hereWhen(b) - clock.hereWhen(a)).toBeCloseTo(((b - a) * 1_000) / speed, 0);
      }),
    );
  });
});
