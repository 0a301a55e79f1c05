import { describe, expect, it } from '@jest/globals';
import { MethodRefusals } from './MethodRefusals.ts';

describe('a method that an endpoint does not answer', () => {
  const failedAt = (...atMs: number[]) => {
    const refusals = new MethodRefusals();
    for (const each of atMs) refusals.failed('eth_getLogs', 'answered HTTP 403', each);
    return refusals;
  };

  it('goes to other endpoints first after three failures in a row, for half a minute', () => {
    expect(failedAt(0, 1).isAvoided('eth_getLogs', 2)).toBe(false);
    const refusals = failedAt(0, 1, 2);
    expect(refusals.isAvoided('eth_getLogs', 30_001)).toBe(true);
    expect(refusals.isAvoided('eth_getLogs', 30_002)).toBe(false);
    expect(refusals.isAvoided('eth_call', 3)).toBe(false);
  });

  it('is no longer avoided once it is answered', () => {
    const refusals = failedAt(0, 1, 2);
    refusals.answered('eth_getLogs');
    expect([refusals.isKnown('eth_getLogs'), refusals.isEmpty]).toEqual([false, true]);
  });

  it('is kept with the first and the last failure, and the last words', () => {
    const refusals = failedAt(5, 7);
    refusals.failed('eth_getLogs', 'answered HTTP 401', 9);
    expect(refusals.all).toEqual([
      { method: 'eth_getLogs', failures: 3, firstAtMs: 5, lastAtMs: 9, what: 'answered HTTP 401' },
    ]);
  });
});
