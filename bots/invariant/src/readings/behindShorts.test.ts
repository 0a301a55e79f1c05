import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { units } from '../../test/view.ts';
import { changeBehindShorts } from './behindShorts.ts';
import type { PoolEvent } from './events.ts';

const one = 10n ** 18n;
const up = (a: bigint, b: bigint) => (a + b - 1n) / b;
const flatFee = units(0.0005);
const about = { block: 7, transaction: '0x12', what: '' };
const price = fc.bigInt({ min: units(0.5), max: units(3) });
const bonds = fc.bigInt({ min: 10n ** 9n, max: units(1_000_000) });

/** The wei that the contract's own roundings may keep in the pool, beside the counted amount. */
const roundings = 20n;

describe('the change of the shares behind shorts', () => {
  it('of an opening equals the contract’s, also after a loss within its checkpoint', () => {
    fc.assert(
      fc.property(price, price, bonds, (openingPrice, c, amount) => {
        // HyperdriveMath.calculateShortProceedsUp with max(c, c0) as the closing price.
        const isAtLoss = c < openingPrice;
        const higher = isAtLoss ? openingPrice : c;
        const taken = up(up(amount * higher, openingPrice) * one, c) + up(amount * flatFee, c);
        const event = { ...about, name: 'OpenShort', bonds: amount, vaultSharePrice: c };
        const change = changeBehindShorts(event, flatFee, openingPrice);
        expect(change).toBeLessThanOrEqual(taken);
        expect(change).toBeGreaterThanOrEqual(taken - roundings);
      }),
    );
  });

  it('of a mint equals the shares that LPs, governance and the matured shorts get, in time and late, after a gain and a loss', () => {
    fc.assert(
      fc.property(price, price, price, bonds, (openingPrice, closingPrice, c, amount) => {
        // HyperdriveCheckpoint._calculateMaturedProceeds, then calculateShortProceedsDown.
        const full = (amount * one) / c;
        const fee = (full * flatFee) / one;
        const toOthers =
          closingPrice < openingPrice ? ((full + fee) * closingPrice) / openingPrice : full + fee;
        const worth = (((amount * closingPrice) / openingPrice) * one) / c + (amount * flatFee) / c;
        const given = toOthers + (worth > toOthers ? worth - toOthers : 0n);
        const event: PoolEvent = {
          ...about,
          name: 'CreateCheckpoint',
          vaultSharePrice: c,
          minted: { time: 1, shorts: amount, longs: 9n, closingPrice },
        };
        const change = changeBehindShorts(event, flatFee, openingPrice);
        expect(-change).toBeGreaterThanOrEqual(given);
        expect(-change).toBeLessThanOrEqual(given + roundings);
      }),
    );
  });

  it('of an early close equals the shares that LPs, governance and the trader get, after a gain and a loss', () => {
    const bondPrice = fc.bigInt({ min: units(0.5), max: units(1.1) });
    fc.assert(
      fc.property(price, price, bonds, bondPrice, (openingPrice, c, amount, paidPerBond) => {
        // HyperdriveShort._calculateCloseShort, with the curve's demand in `cost`.
        const cost = (amount * paidPerBond) / c;
        const worth = (((amount * c) / openingPrice) * one) / c + (amount * flatFee) / c;
        const toTrader = worth > cost ? worth - cost : 0n;
        const toOthers = c < openingPrice ? (cost * c) / openingPrice : cost;
        const basePayment = (toOthers * c) / one;
        const event = { ...about, name: 'CloseShort', bonds: amount, vaultSharePrice: c, basePayment };
        const change = changeBehindShorts(event, flatFee, openingPrice);
        expect(-change).toBeGreaterThanOrEqual(toTrader + toOthers);
        expect(-change).toBeLessThanOrEqual(toTrader + toOthers + roundings);
      }),
    );
  });

  it('is none for other events, and where the price of the opening is not known', () => {
    const event = { ...about, bonds: units(5), vaultSharePrice: one, basePayment: units(4) };
    for (const name of ['OpenLong', 'CloseLong', 'AddLiquidity', 'RemoveLiquidity', 'PauseStatusUpdated'])
      expect(changeBehindShorts({ ...event, name }, flatFee, one)).toBe(0n);
    for (const name of ['OpenShort', 'CloseShort'])
      expect(changeBehindShorts({ ...event, name }, flatFee, 0n)).toBe(0n);
  });
});
