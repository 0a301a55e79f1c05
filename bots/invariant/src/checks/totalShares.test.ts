import { describe, expect, it } from '@jest/globals';
import { noHistory, noon, poolOf, read, resultOf, snapshotOf, units, viewOf } from '../../test/view.ts';
import type { View } from './index.ts';
import { totalShares } from './totalShares.ts';

const one = 10n ** 18n;
/** 50 shorts and their flat fee, behind them at c. */
const behindShorts = (c: bigint) => ((units(50) + (units(50) * units(0.0005)) / one) * one) / c;
const expectedAt = (c: bigint) => units(1_000) + units(2) + units(3) + units(1) + behindShorts(c);
const view = (actual: bigint, c: bigint, changes: Partial<View> = {}) =>
  viewOf({
    now: snapshotOf({}, { actualShares: read(actual), vaultSharePrice: read(c) }),
    ...changes,
  });
const peak = (vaultSharePrice: bigint) => ({
  history: { ...noHistory, peak: { time: noon, vaultSharePrice } },
});

describe('total-shares', () => {
  const c = units(1.1);

  it('default: holds with what is expected, and 1e9 wei less', () => {
    expect(resultOf(totalShares, view(expectedAt(c), c))).toMatchObject({
      outcome: 'holds',
      headroom: { left: { value: 0n } },
    });
    expect(resultOf(totalShares, view(expectedAt(c) - 10n ** 9n, c)).outcome).toBe('holds');
  });

  it('fails, critically, a wei beyond the tolerance', () => {
    const result = resultOf(totalShares, view(expectedAt(c) - 10n ** 9n - 1n, c));
    expect(result).toMatchObject({ outcome: 'fails', by: { value: -(10n ** 9n) - 1n, unit: 'shares' } });
    expect(result).not.toHaveProperty('severity');
  });

  it('the tolerance of a token with 6 decimals is not a thousand dollars', () => {
    expect(poolOf({ decimals: 6 }).settings.totalSharesTolerance).toBe(100n);
    expect(poolOf({ decimals: 8 }).settings.totalSharesTolerance).toBe(100n);
    expect(poolOf({ decimals: 18 }).settings.totalSharesTolerance).toBe(10n ** 9n);
  });

  describe('after the vault has lost money', () => {
    const before = units(1.1);
    const after = units(1.078);

    it('what the shorts’ haircuts cover is a warning', () => {
      expect(resultOf(totalShares, view(expectedAt(before), after, peak(before)))).toMatchObject({
        outcome: 'fails',
        severity: 'warning',
      });
    });
    it('also when the price before the loss is only known from the checkpoint the shorts began in', () => {
      const closer = { events: [], shortsOpenedAt: before };
      expect(resultOf(totalShares, view(expectedAt(before), after, { closer }))).toMatchObject({
        severity: 'warning',
      });
    });
    it('what goes beyond them is critical all the same', () => {
      const stolen = expectedAt(before) - 10n ** 9n - 1n;
      expect(resultOf(totalShares, view(stolen, after, peak(before)))).not.toHaveProperty('severity');
    });
    it('without a higher price in the past it is critical', () => {
      expect(resultOf(totalShares, view(expectedAt(before), after, peak(after)))).not.toHaveProperty(
        'severity',
      );
    });
  });

  it('does not apply to a kind that is not known', () => {
    const now = { ...snapshotOf(), actualShares: undefined };
    expect(resultOf(totalShares, viewOf({ now })).outcome).toBe('skipped');
  });
});
