import { expect, it } from '@jest/globals';
import { Setbacks } from './Setbacks.ts';

it('lets what failed wait twice as long each time, ten minutes at most, and nothing else', () => {
  let now = 0;
  const setbacks = new Setbacks(() => now);
  const close = { pool: 'a', kind: 'close-long', maturity: 7 } as const;
  const others = [
    { ...close, pool: 'b' },
    { ...close, maturity: 8 },
    { pool: 'a', kind: 'remove-liquidity' },
  ] as const;
  const waits: number[] = [];
  for (let i = 0; i < 11; i += 1) {
    setbacks.failed(close);
    expect(setbacks.isHeldUp('a')).toBe(true);
    expect(setbacks.isHeldUp('b')).toBe(false);
    expect(others.map(each => setbacks.mustWait(each))).toEqual([false, false, false]);
    const begun = now;
    while (setbacks.mustWait(close)) now += 1_000;
    waits.push((now - begun) / 1_000);
    expect(setbacks.isHeldUp('a')).toBe(false);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
  setbacks.failed(close);
  setbacks.succeeded(close);
  expect(setbacks.mustWait(close)).toBe(false);
});
