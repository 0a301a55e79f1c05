import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { noon, poolOf, read, resultOf, snapshotOf, units, viewOf } from '../../test/view.ts';
import type { OpenShorts } from '../openShorts.ts';
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

/** A vault that earns and loses, and shorts that were opened on the way, some of them after the checkpoint began. */
const vaultLife = fc
  .array(
    fc.record({
      growth: fc.integer({ min: 0, max: 2_000 }),
      loss: fc.constantFrom(0, 0, 0, 0, 0, 20_000, 200_000),
      bonds: fc.bigInt({ min: 10n ** 15n, max: units(100) }),
      moment: fc.integer({ min: 0, max: 100 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map(checkpoints => {
    let c = units(1.1);
    let deposited = 0n;
    const openShorts: OpenShorts[] = checkpoints.map(({ growth, loss, bonds, moment }, i) => {
      const openingPrice = c;
      const grown = c + (c * BigInt(growth)) / 1_000_000n;
      const atOpening = c + ((grown - c) * BigInt(moment)) / 100n;
      c = (grown * BigInt(1_000_000 - loss)) / 1_000_000n;
      // openShort: the bonds by the checkpoint's price, the flat fee by that of the moment.
      deposited += (bonds * one) / openingPrice + (((bonds * units(0.0005)) / one) * one) / atOpening;
      return { maturity: noon + i * 86_400, bonds, openingPrice, closingPrice: c };
    });
    return { c, openShorts, deposited };
  });

describe('total-shares', () => {
  const c = units(1.1);

  it('default: holds with what is expected, and 1e9 wei less', () => {
    expect(resultOf(totalShares, view(expectedAt(c), c))).toMatchObject({
      outcome: 'holds',
      headroom: { left: { value: 10n ** 9n } },
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

  it('says how much of the tolerance is left, and more than all of it where there are shares to spare', () => {
    const roomAt = (spare: bigint) => {
      const result = resultOf(totalShares, view(expectedAt(c) + spare, c));
      return 'headroom' in result ? result.headroom : undefined;
    };
    expect(roomAt(0n)).toMatchObject({ left: { value: 10n ** 9n }, part: one });
    expect(roomAt(-(10n ** 9n))).toMatchObject({ left: { value: 0n }, part: 0n });
    expect(roomAt(10n ** 9n)).toMatchObject({ part: 2n * one });
    expect(roomAt(-2n * 10n ** 9n)).toMatchObject({ part: -one });
  });

  describe('after the vault has lost money', () => {
    const before = units(1.1);
    const after = units(1.078);
    const opened = (openingPrice: bigint, more: Partial<OpenShorts> = {}): Partial<View> => ({
      closer: {
        events: [],
        openShorts: [{ maturity: noon, bonds: units(50), openingPrice, closingPrice: before, ...more }],
      },
    });
    const severityOf = (actual: bigint, changes: Partial<View>) => {
      const result = resultOf(totalShares, view(actual, after, changes));
      return result.outcome === 'fails' ? (result.severity ?? 'critical') : result.outcome;
    };

    it('what the shorts’ haircuts cover is a warning', () => {
      expect(severityOf(expectedAt(before), opened(before))).toBe('warning');
    });
    it('what goes beyond them is critical all the same', () => {
      expect(severityOf(expectedAt(before) - 10n ** 9n - 2n, opened(before))).toBe('critical');
    });
    it('a price that the vault had, but no short was opened at, explains nothing', () => {
      expect(severityOf(expectedAt(before), opened(after))).toBe('critical');
    });
    it('each short counts by its own price', () => {
      const half = { bonds: units(25), closingPrice: before };
      const openShorts = [
        { maturity: noon, openingPrice: before, ...half },
        { maturity: noon + 86_400, openingPrice: after, ...half },
      ];
      const deposited = (expectedAt(before) + expectedAt(after)) / 2n;
      expect(severityOf(deposited, { closer: { events: [], openShorts } })).toBe('warning');
      expect(severityOf(expectedAt(before), { closer: { events: [], openShorts } })).toBe('critical');
    });
    it('without the prices the shorts were opened at it is critical', () => {
      expect(severityOf(expectedAt(before), {})).toBe('critical');
      expect(severityOf(expectedAt(before), { closer: { events: [], openShorts: undefined } })).toBe(
        'critical',
      );
    });
    it('positions that contradict the books explain nothing', () => {
      expect(severityOf(expectedAt(before), opened(before, { bonds: units(51) }))).toBe('critical');
    });
    it('shorts that are not found among the positions count in full', () => {
      expect(severityOf(expectedAt(before), opened(before, { bonds: units(49) }))).toBe('critical');
    });
  });

  it('whatever the vault went through: a loss alone is never critical, and a theft always', () => {
    fc.assert(
      fc.property(
        vaultLife,
        fc.bigInt({ min: 1n, max: units(1) }),
        ({ c, openShorts, deposited }, stolen) => {
          const s = openShorts.reduce((total, { bonds }) => total + bonds, 0n);
          const actual = units(1_000) + units(2) + units(3) + units(1) + deposited;
          const outcomeWith = (shares: bigint) => {
            const now = snapshotOf(
              { shortsOutstanding: s },
              { actualShares: read(shares), vaultSharePrice: read(c) },
            );
            const result = resultOf(totalShares, viewOf({ now, closer: { events: [], openShorts } }));
            return result.outcome === 'fails' ? (result.severity ?? 'critical') : result.outcome;
          };
          expect(['holds', 'warning']).toContain(outcomeWith(actual));
          // Of the flat fees of the checkpoint in which the loss fell nothing is certain, of the others a day's interest.
          const flatFees = openShorts.reduce(
            (total, { bonds, openingPrice, closingPrice }) =>
              total +
              (closingPrice < openingPrice
                ? (bonds * units(0.0005)) / openingPrice
                : (bonds * units(0.0005)) / openingPrice - (bonds * units(0.0005)) / closingPrice),
            0n,
          );
          const tooMuch = flatFees + 10n ** 9n + 100n + stolen;
          const missing = outcomeWith(actual - tooMuch);
          // Interest that shorts have earned lies on top of what the check asks for: that much it cannot see.
          if (missing !== 'holds') expect(missing).toBe('critical');
          if (openShorts.every(({ openingPrice }) => openingPrice >= c)) expect(missing).toBe('critical');
        },
      ),
    );
  });

  it('does not apply to a kind that is not known', () => {
    const now = { ...snapshotOf(), actualShares: undefined };
    expect(resultOf(totalShares, viewOf({ now })).outcome).toBe('skipped');
  });
});
