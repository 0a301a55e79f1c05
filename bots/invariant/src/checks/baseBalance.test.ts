import { describe, expect, it } from '@jest/globals';
import { poolOf, read, resultOf, snapshotOf, units, unread, viewOf } from '../../test/view.ts';
import { baseBalance } from './baseBalance.ts';

const holding = (balance: bigint | undefined) =>
  viewOf({ now: { ...snapshotOf(), baseBalance: balance === undefined ? undefined : read(balance) } });

describe('base-balance', () => {
  it('default: holds for none', () => {
    expect(resultOf(baseBalance, holding(0n)).outcome).toBe('holds');
  });
  it('fails for a single wei', () => {
    expect(resultOf(baseBalance, holding(1n))).toMatchObject({ outcome: 'fails', by: { value: 1n } });
  });
  it('all of its headroom is left, or none', () => {
    expect(resultOf(baseBalance, holding(0n))).toMatchObject({ headroom: { part: units(1) } });
    expect(resultOf(baseBalance, holding(3n))).toMatchObject({
      headroom: { left: { value: -3n, unit: 'base' }, part: 0n },
    });
  });
  it('does not apply where base earns the yield, or is no token', () => {
    const view = { ...holding(5n), pool: poolOf({ baseIsYield: true }) };
    // An operator may have learnt this from the alert, which can no longer fail then.
    expect(resultOf(baseBalance, view)).toMatchObject({ outcome: 'skipped', isOver: true });
    expect(resultOf(baseBalance, holding(undefined)).outcome).toBe('skipped');
  });
  it('is indeterminate when it could not be read', () => {
    const view = viewOf({ now: { ...snapshotOf(), baseBalance: unread } });
    expect(resultOf(baseBalance, view).outcome).toBe('indeterminate');
  });
});
