import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Breaker } from './Breaker.ts';

describe('opens', () => {
  it('on one hard failure', () => {
    const breaker = new Breaker();
    breaker.failed('hard', 0);
    expect(breaker.trialAt).toBe(1_000);
  });

  it('on three soft failures in a row, not on two', () => {
    const breaker = new Breaker();
    breaker.failed('soft', 0);
    breaker.failed('soft', 0);
    expect(breaker.isOpen).toBe(false);
    breaker.failed('soft', 5);
    expect(breaker.trialAt).toBe(1_005);
  });

  it('not on soft failures with successes between them', () => {
    const breaker = new Breaker();
    for (let i = 0; i < 10; i += 1) {
      breaker.failed('soft', i);
      breaker.failed('soft', i);
      breaker.succeeded();
    }
    expect(breaker.isOpen).toBe(false);
  });

  it('for as long as the endpoint asked', () => {
    const breaker = new Breaker();
    breaker.failed('soft', 0, 7_000);
    expect(breaker.trialAt).toBe(7_000);
  });
});

it('waits twice as long after each failed trial, up to 30 s, and starts anew after a success', () => {
  const breaker = new Breaker();
  breaker.failed('hard', 0);
  const pauses = [1, 2, 3, 4, 5, 6].map(() => {
    const now = breaker.trialAt as number;
    breaker.trialFailed(now);
    return (breaker.trialAt as number) - now;
  });
  expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  breaker.succeeded();
  breaker.failed('hard', 0);
  expect(breaker.trialAt).toBe(1_000);
});

it('a pause of less than a second is no pause to go by', () => {
  const breaker = new Breaker();
  breaker.failed('soft', 0, 1);
  expect(breaker.trialAt).toBe(1_000);
  breaker.trialFailed(1_000, 1);
  expect(breaker.trialAt).toBe(3_000);
  breaker.trialFailed(3_000, 1_500);
  expect(breaker.trialAt).toBe(4_500);
});

it('failures of calls that were under way do not put the trial off', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('hard' as const, 'soft' as const)), failures => {
      const breaker = new Breaker();
      breaker.failed('hard', 0);
      for (const failure of failures) breaker.failed(failure, 500);
      expect(breaker.trialAt).toBe(1_000);
    }),
  );
});
