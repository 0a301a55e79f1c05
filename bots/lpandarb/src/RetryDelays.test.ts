import { expect, it } from '@jest/globals';
import { RetryDelays } from './RetryDelays.ts';

it('delays a failed step twice as long each time, at most ten minutes, and no other step', () => {
  let now = 0;
  const retryDelays = new RetryDelays(() => now);
  const close = { pool: 'a', kind: 'close-long', maturity: 7 } as const;
  const others = [
    { ...close, pool: 'b' },
    { ...close, maturity: 8 },
    { pool: 'a', kind: 'remove-liquidity' },
  ] as const;
  const waits: number[] = [];
  for (let i = 0; i < 11; i += 1) {
    retryDelays.failed(close);
    expect(retryDelays.isHeldUp('a')).toBe(true);
    expect(retryDelays.isHeldUp('b')).toBe(false);
    expect(others.map(each => retryDelays.mustWait(each))).toEqual([false, false, false]);
    const begun = now;
    while (retryDelays.mustWait(close)) now += 1_000;
    waits.push((now - begun) / 1_000);
    expect(retryDelays.isHeldUp('a')).toBe(false);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
  retryDelays.failed(close);
  retryDelays.succeeded(close);
  expect(retryDelays.mustWait(close)).toBe(false);
});
