import { expect, it } from '@jest/globals';
import { blockOf, day, noon, poolOf, read, snapshotOf, unread } from '../../test/view.ts';
import type { Snapshot } from '../readings/index.ts';
import { comparedWith } from './lastPriced.ts';

const priced = snapshotOf({}, { block: blockOf(990, noon - 120) });
const now = snapshotOf({}, { block: blockOf(1_000, noon) });
const at = { block: blockOf(999, noon - 12) };
const reverted = { ok: false, reason: 'the call reverted without a reason', reverted: true } as const;
const compared = (before: Snapshot | undefined, last: Snapshot | undefined = priced, to = now) =>
  comparedWith(poolOf(), to, { before, lastPriced: last });

it.each([
  ['in which the contract gave no price', { lpSharePrice: reverted }],
  ['in which the vault did not answer', { lpSharePrice: reverted, vaultSharePrice: reverted }],
  ['in which LP shares were worth nothing', { lpSharePrice: read(0n) }],
  ['in which they were worth what rounding leaves', { lpSharePrice: read(5n) }],
  ['that could not be read', { market: unread, lpSharePrice: unread, lpTotalSupply: unread }],
])('a block after one %s is compared with the last that had a price', (_, changes) => {
  expect(compared({ ...snapshotOf({}, at), ...changes })).toBe(priced);
});

it('compares a block with the block before, where that has a price or no LPs, and where there is none', () => {
  const before = snapshotOf({}, at);
  expect(compared(before)).toBe(before);
  const deserted = snapshotOf({}, { ...at, lpTotalSupply: read(0n) });
  expect(compared(deserted)).toBe(deserted);
  expect(compared(undefined)).toBeUndefined();
  const silent = { ...before, lpSharePrice: reverted };
  expect(comparedWith(poolOf(), now, { before: silent, lastPriced: undefined })).toBe(silent);
  const newer = snapshotOf({}, { block: blockOf(1_001, noon) });
  expect(compared(silent, newer)).toBe(silent);
});

it('does not compare with a price of more than a checkpoint ago', () => {
  const silent = { ...snapshotOf({}, at), lpSharePrice: reverted };
  const later = (seconds: number) => snapshotOf({}, { block: blockOf(1_000, noon - 120 + seconds) });
  expect(compared(silent, priced, later(day))).toBe(priced);
  expect(compared(silent, priced, later(day + 1))).toBe(silent);
});
