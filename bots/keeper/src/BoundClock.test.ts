import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoundClock } from './BoundClock.ts';

const minute = 60_000;
const start = 1_800_000_000_000;
const blockTimeMs = 400;

/** A machine whose wall clock is wrong by `wrongMs`, and a chain with the right time. */
function machine(wrongMs = 0, toleranceSeconds = 5) {
  let passedMs = 0;
  let wrong = wrongMs;
  const clock = {
    now: () => start + passedMs + wrong,
    monotonicMs: () => passedMs,
    sleep: async (ms: number) => {
      passedMs += ms;
    },
  };
  const bound = new BoundClock(clock, toleranceSeconds, blockTimeMs);
  const timestamp = () => Math.floor((start + passedMs) / 1000);
  return {
    bound,
    /** Returns the error of the bound clock. */
    errorMs: () => bound.now() - (start + passedMs),
    wait: (ms: number) => {
      passedMs += ms;
    },
    step: (ms: number) => {
      wrong += ms;
    },
    see: (number: number, fromFutureSeconds = 0) =>
      bound.see(
        { number, timestamp: timestamp() + fromFutureSeconds },
        { wallMs: clock.now(), monotonicMs: passedMs },
      ),
  };
}

/** Shows it so many heads, a block's time apart. */
function see({ see: one, wait }: ReturnType<typeof machine>, count: number, from = 1): void {
  for (let i = 0; i < count; i += 1) {
    wait(blockTimeMs);
    one(from + i);
  }
}

describe('BoundClock', () => {
  it('default: is the wall clock while that agrees with the chain, to the millisecond', () => {
    const one = machine(3_000);
    see(one, 5);
    expect(one.errorMs()).toBe(3_000);
  });

  it('behavior: a clock that is ten minutes ahead is not believed from the first head on', () => {
    const one = machine(10 * minute);
    see(one, 1);
    expect(Math.abs(one.errorMs())).toBeLessThan(1_500);
  });

  it('behavior: a clock that is behind is not believed once three heads say so', () => {
    const one = machine(-10 * minute);
    see(one, 2);
    expect(one.errorMs()).toBe(-10 * minute);
    see(one, 1, 3);
    expect(Math.abs(one.errorMs())).toBeLessThan(1_500);
  });

  it.each([-60 * minute, -5 * minute, -7_000, -4_000, 4_000, 7_000, 5 * minute, 60 * minute])(
    'behavior: a clock that is set by %i ms between two heads changes nothing until the next, and then no more than the tolerance',
    stepMs => {
      const one = machine();
      see(one, 5);
      one.step(stepMs);
      one.wait(1_000);
      expect(one.errorMs()).toBe(0);
      see(one, 1, 6);
      expect(Math.abs(one.errorMs())).toBeLessThanOrEqual(5_000);
    },
  );

  it('behavior: ignores a single head from the future, or of another chain', () => {
    const one = machine();
    see(one, 5);
    one.wait(blockTimeMs);
    one.see(1_000_000, 3_600);
    expect(one.errorMs()).toBe(0);
    see(one, 5, 6);
    expect(one.errorMs()).toBe(0);
  });

  it('behavior: goes on by the steady clock while the chain stands still', () => {
    const one = machine();
    see(one, 5);
    one.wait(20 * minute);
    one.step(-minute);
    one.see(5);
    expect(one.errorMs()).toBe(0);
  });

  it('behavior: goes with the chain and the wall clock where both jump', () => {
    const one = machine();
    see(one, 5);
    one.bound.see(
      { number: 6, timestamp: start / 1000 + 7_200 },
      { wallMs: start + 7_200_000, monotonicMs: 2_000 },
    );
    expect(one.bound.now()).toBeGreaterThanOrEqual(start + 7_200_000);
  });

  it('property: however wrong the wall clock is and whenever it is set, three heads later the error is within the tolerance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -86_400_000, max: 86_400_000 }),
        fc.integer({ min: -86_400_000, max: 86_400_000 }),
        fc.integer({ min: 1, max: 60 }),
        (wrongMs, stepMs, toleranceSeconds) => {
          const one = machine(wrongMs, toleranceSeconds);
          see(one, 3);
          one.step(stepMs);
          see(one, 3, 4);
          // Block times are whole seconds, and a head is up to a block's time old.
          expect(Math.abs(one.errorMs())).toBeLessThanOrEqual(toleranceSeconds * 1000 + 1_000 + blockTimeMs);
        },
      ),
    );
  });
});
