import { expect, it } from '@jest/globals';
import { backoffMs } from './index.ts';

it('default: doubles up to the longest, however often it failed', () => {
  expect([1, 2, 3, 6, 2_000].map(failures => backoffMs(failures, 1_000, 30_000))).toEqual([
    1_000, 2_000, 4_000, 30_000, 30_000,
  ]);
});
