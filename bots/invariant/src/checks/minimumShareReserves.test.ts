import { describe, expect, it } from '@jest/globals';
import { read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { minimumShareReserves } from './minimumShareReserves.ts';

const having = (shareReserves: bigint) =>
  resultOf(minimumShareReserves, viewOf({ now: snapshotOf({ shareReserves }) }));

describe('minimum-share-reserves', () => {
  it('default: holds down to the minimum itself', () => {
    expect(having(units(10))).toMatchObject({
      outcome: 'holds',
      headroom: { left: { value: 0n }, part: 0n },
    });
  });
  it('fails a wei below', () => {
    expect(having(units(10) - 1n)).toMatchObject({ outcome: 'fails', by: { value: -1n, unit: 'shares' } });
  });
  it('reports its distance to a failure', () => {
    expect(having(units(1_000))).toMatchObject({
      headroom: { left: { value: units(990) }, part: units(0.99) },
    });
  });
  it('does not apply before the pool is initialised', () => {
    const nothing = { shareReserves: 0n, bondReserves: 0n, isInitialized: false };
    const now = snapshotOf(nothing, { lpTotalSupply: read(0n) });
    expect(resultOf(minimumShareReserves, viewOf({ now })).outcome).toBe('skipped');
  });
  it('fails for a pool with reserves or LP shares that reports it was never initialised', () => {
    const nothing = { shareReserves: 0n, bondReserves: 0n, isInitialized: false };
    for (const now of [snapshotOf({ isInitialized: false }), snapshotOf(nothing)])
      expect(resultOf(minimumShareReserves, viewOf({ now }))).toMatchObject({
        outcome: 'fails',
        message: expect.stringContaining('says that it is not initialised'),
      });
  });
  it('is indeterminate when the state could not be read', () => {
    const now = { ...snapshotOf(), market: unread };
    expect(resultOf(minimumShareReserves, viewOf({ now })).outcome).toBe('indeterminate');
  });
});
