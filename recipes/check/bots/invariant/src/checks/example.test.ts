import { expect, it } from '@jest/globals';
import { resultOf, snapshotOf, unread, viewOf } from '../../test/view.ts';
import { exampleCheck } from './example.ts';

const outcomeWith = (market: Parameters<typeof snapshotOf>[0]) =>
  resultOf(exampleCheck, viewOf({ now: snapshotOf(market) })).outcome;

it('holds for a pool with bonds, and fails without any', () => {
  expect(outcomeWith({})).toBe('holds');
  expect(outcomeWith({ bondReserves: 0n })).toBe('fails');
});

it('does not apply before the pool is initialised', () => {
  expect(outcomeWith({ isInitialized: false })).toBe('skipped');
});

it('is indeterminate when the state could not be read', () => {
  const now = { ...snapshotOf(), market: unread };
  expect(resultOf(exampleCheck, viewOf({ now })).outcome).toBe('indeterminate');
});
