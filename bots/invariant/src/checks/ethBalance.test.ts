import { describe, expect, it } from '@jest/globals';
import { read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { ethBalance } from './ethBalance.ts';

const of = (balance: Parameters<typeof snapshotOf>[1]) =>
  resultOf(ethBalance, viewOf({ now: snapshotOf({}, balance) }));

describe('eth-balance', () => {
  it('default: holds for none', () => {
    expect(of({}).outcome).toBe('holds');
  });
  it('fails for a single wei, and gives the amount', () => {
    expect(of({ ethBalance: read(1n) })).toMatchObject({ outcome: 'fails', by: { value: 1n, unit: 'ETH' } });
  });
  it('all of its headroom is left, or none', () => {
    expect(of({})).toMatchObject({ headroom: { left: { value: 0n, unit: 'ETH' }, part: units(1) } });
    expect(of({ ethBalance: read(3n) })).toMatchObject({ headroom: { left: { value: -3n }, part: 0n } });
  });
  it('is indeterminate when it could not be read', () => {
    expect(of({ ethBalance: unread })).toEqual({
      outcome: 'indeterminate',
      reason: "the pool's ETH could not be read: the node has lost it",
    });
  });
});
