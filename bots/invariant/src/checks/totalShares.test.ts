import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { noon, poolOf, read, resultOf, snapshotOf, units, viewOf } from '../../test/view.ts';
import { changeBehindShorts } from '../readings/behindShorts.ts';
import { maturityOf, type PoolEvent } from '../readings/events.ts';
import type { OpenShorts } from '../readings/openShorts.ts';
import { emptyLedger, withChanges } from '../readings/shortsLedger.ts';
import type { Diagnostics, View } from './index.ts';
import { totalShares } from './totalShares.ts';

const one = 10n ** 18n;
/** 50 shorts and their flat fee, deposited behind them at c. */
const behindShorts = (c: bigint) => ((units(50) + (units(50) * units(0.0005)) / one) * one) / c;
const expectedAt = (c: bigint) => units(1_000) + units(2) + units(3) + units(1) + behindShorts(c);
const view = (actual: bigint, c: bigint, changes: Partial<View> = {}) =>
  viewOf({
    now: snapshotOf({}, { actualShares: read(actual), vaultSharePrice: read(c) }),
    ...changes,
  });

const flatFee = units(0.0005);
const worthOf = (bonds: bigint, price: bigint, openingPrice: bigint, c: bigint) =>
  (bonds * price * one) / openingPrice / c + (bonds * flatFee) / c;

/** Shorts of a pool whose vault earns and loses within and between checkpoints; some mature, some late. */
const vaultLife = fc
  .array(
    fc.record({
      growth: fc.integer({ min: 0, max: 2_000 }),
      moves: fc.array(fc.constantFrom(0, 50, 700, -100, -20_000), { minLength: 1, maxLength: 3 }),
      bonds: fc.bigInt({ min: 10n ** 15n, max: units(100) }),
      matures: fc.constantFrom('not', 'not', 'in time', 'late'),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map(checkpoints => {
    let c = units(1.1);
    let behind = 0n;
    const events: PoolEvent[] = [];
    const openings = new Map<number, bigint>();
    const openShorts: OpenShorts[] = [];
    const about = { block: 901, transaction: '0x12', what: '' };
    for (const [i, { growth, moves, bonds, matures }] of checkpoints.entries()) {
      const openingPrice = c;
      const maturity = noon + i * 86_400;
      openings.set(maturity, openingPrice);
      let left = 0n;
      for (const move of moves) {
        c += (c * BigInt(move)) / 1_000_000n;
        const isAtLoss = c < openingPrice;
        behind += worthOf(bonds, isAtLoss ? openingPrice : c, openingPrice, c);
        left += bonds;
        events.push({ ...about, name: 'OpenShort', bonds, maturityTime: maturity, vaultSharePrice: c });
      }
      c += (c * BigInt(growth)) / 1_000_000n;
      const closingPrice = c;
      if (matures === 'not') {
        openShorts.push({ maturity, bonds: left, openingPrice, closingPrice });
        continue;
      }
      if (matures === 'late') c += (c * BigInt(-moves.length * 300)) / 1_000_000n;
      behind -= worthOf(left, closingPrice, openingPrice, c);
      const minted = { time: maturity, shorts: left, longs: 0n, closingPrice };
      events.push({ ...about, name: 'CreateCheckpoint', vaultSharePrice: c, minted });
    }
    const changes = events.map(event => ({
      block: event.block,
      shares: changeBehindShorts(event, flatFee, openings.get(maturityOf(event)) ?? 0n),
    }));
    const base = { block: 900, shares: units(7), isExact: true };
    const ledger = withChanges(emptyLedger(base), 1_000, changes);
    return { c, openShorts, behind: units(7) + behind, ledger };
  });

describe('total-shares', () => {
  const c = units(1.1);

  it('default: holds with the expected shares, and with 1e9 wei less', () => {
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

  it('reports the tolerance that is left as headroom, and more than all of it where there are shares to spare', () => {
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
    const base = { block: 900, shares: behindShorts(before), isExact: true };
    const ledger = withChanges(emptyLedger(base), 1_000, []);
    const short = { maturity: noon, bonds: units(50), openingPrice: before, closingPrice: before };
    const withLedger = (
      own: Diagnostics['shortsLedger'],
      openShorts: Diagnostics['openShorts'] = [short],
    ) => ({
      diagnostics: { events: [], openShorts, shortsLedger: own },
    });
    const at = (actual: bigint, changes: Partial<View> = withLedger(ledger)) =>
      resultOf(totalShares, view(actual, after, changes));
    const severityOf = (...args: Parameters<typeof at>) => {
      const result = at(...args);
      return result.outcome === 'fails' ? (result.severity ?? 'critical') : result.outcome;
    };

    it('shares that only the books miss are a warning, which names the block that it is measured by', () => {
      expect(severityOf(expectedAt(before))).toBe('warning');
      expect(at(expectedAt(before))).toMatchObject({
        against: 900,
        message: expect.stringContaining('no share has left the pool since block 900 but by its trades'),
      });
    });

    it('raises a theft of a wei beyond the tolerance as critical, with its own size', () => {
      const result = at(expectedAt(before) - 10n ** 9n - 1n);
      expect(result).toMatchObject({ by: { value: -(10n ** 9n) - 1n }, against: 900 });
      expect(result).not.toHaveProperty('severity');
    });

    it('counts shares that trades have taken as no theft, and shares that trades have brought hide none', () => {
      const taken = withChanges(ledger, 1_000, [{ block: 950, shares: -units(5) }]);
      expect(severityOf(expectedAt(before) - units(5), withLedger(taken))).toBe('warning');
      const brought = withChanges(ledger, 1_000, [{ block: 950, shares: 10n ** 10n }]);
      expect(severityOf(expectedAt(before), withLedger(brought))).toBe('critical');
    });

    it('positions that contradict the books explain nothing', () => {
      for (const amount of [49, 51])
        expect(severityOf(expectedAt(before), withLedger(ledger, [{ ...short, bonds: units(amount) }]))).toBe(
          'critical',
        );
    });

    it('is info where no open short was opened above c, since the shortage stays', () => {
      expect(severityOf(expectedAt(before), withLedger(ledger, [{ ...short, openingPrice: after }]))).toBe(
        'info',
      );
      expect(
        severityOf(expectedAt(before), {
          diagnostics: { events: [], openShorts: undefined, shortsLedger: ledger },
        }),
      ).toBe('warning');
    });

    it('without the state before the loss, the least that there was is the measure, and is never info', () => {
      const least = { ...ledger, base: { ...base, isExact: false } };
      const lower = [{ ...short, openingPrice: after }];
      expect(severityOf(expectedAt(before), withLedger(least, lower))).toBe('warning');
      expect(at(expectedAt(before), withLedger(least))).toMatchObject({
        message: expect.stringContaining('is not known exactly'),
      });
      expect(severityOf(expectedAt(before) - 10n ** 9n - 1n, withLedger(least))).toBe('critical');
    });

    it('is a warning that names the unknown events, up to the shortage that a loss may explain', () => {
      const unknown = withLedger({ unknown: 'history has been pruned' });
      expect(at(expectedAt(before), unknown)).toMatchObject({
        severity: 'warning',
        message: expect.stringMatching(/is not known \(history has been pruned\)/),
      });
      const most = expectedAt(after) / 1_000n + (behindShorts(after) - behindShorts(before));
      expect(severityOf(expectedAt(after) - most, unknown)).toBe('warning');
      expect(severityOf(expectedAt(after) - most - units(0.01), unknown)).toBe('critical');
    });

    it('is a warning while the events are being read; a shortage beyond a possible loss is critical', () => {
      const reading = withLedger({ unknown: 'not read within 4 s', isBeingRead: true });
      expect(at((expectedAt(after) * 995n) / 1_000n, reading)).toMatchObject({
        severity: 'warning',
        message: expect.stringContaining('is not known yet (not read within 4 s)'),
      });
      expect(severityOf(expectedAt(after) / 2n, reading)).toBe('critical');
    });

    it('is critical without any sign of a loss', () => {
      expect(severityOf(expectedAt(before), {})).toBe('critical');
      expect(severityOf(expectedAt(before), withLedger(undefined))).toBe('critical');
    });
  });

  it('whatever the vault goes through: a loss alone is never critical, and a theft always', () => {
    fc.assert(
      fc.property(
        vaultLife,
        fc.bigInt({ min: 10n ** 9n + 200n, max: units(1) }),
        ({ c, openShorts, behind, ledger }, stolen) => {
          const s = openShorts.reduce((total, { bonds }) => total + bonds, 0n);
          const actual = units(1_000) + units(2) + units(3) + units(1) + behind;
          const outcomeWith = (shares: bigint) => {
            const now = snapshotOf(
              { shortsOutstanding: s },
              { actualShares: read(shares), vaultSharePrice: read(c) },
            );
            const diagnostics = { events: [], openShorts, shortsLedger: ledger };
            const result = resultOf(totalShares, viewOf({ now, diagnostics }));
            return result.outcome === 'fails' ? (result.severity ?? 'critical') : result.outcome;
          };
          expect(outcomeWith(actual)).not.toBe('critical');
          // The interest of shorts lies above the books' requirement: the check cannot see a loss of that
          // size.
          const missing = outcomeWith(actual - stolen);
          if (missing !== 'holds') expect(missing).toBe('critical');
        },
      ),
    );
  });

  it('does not apply to a kind that is not known', () => {
    const now = { ...snapshotOf(), actualShares: undefined };
    expect(resultOf(totalShares, viewOf({ now })).outcome).toBe('skipped');
  });
});
