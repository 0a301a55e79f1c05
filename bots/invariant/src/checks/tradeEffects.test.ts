import { describe, expect, it } from '@jest/globals';
import { day, noon, poolOf, units } from '../../test/view.ts';
import type { PoolEvent } from '../readings/events.ts';
import { lostPart, tradeEffects } from './tradeEffects.ts';

const later = noon + 3 * day;
const event = (changes: Partial<PoolEvent>): PoolEvent => ({
  name: 'OpenLong',
  block: 1,
  transaction: '0x12',
  what: '',
  ...changes,
});
const effects = (events: PoolEvent[], opened: [number, bigint][] = [], price = units(0.9)) =>
  tradeEffects(poolOf(), events, { lowestBondPrice: price, openingPrices: new Map(opened), chainTime: noon });

describe('the effect of trades on the LPs’ property', () => {
  it('fees: the curve fee of the discount, and the flat fee', () => {
    const trade = event({ bonds: units(1_000), maturityTime: later, vaultSharePrice: units(1) });
    // 1 % of 0.1/0.9 and 0.05 %, of 1,000 bonds.
    const { mostGain, mostLoss } = effects([trade]);
    expect(Number(mostGain) / 1e18).toBeCloseTo(1_000 * (0.01 * (0.1 / 0.9) + 0.0005), 9);
    expect(mostLoss).toBe(0n);
    expect(effects([]).mostGain).toBe(0n);
  });

  it('nothing but fees is lost or won where the vault lost nothing', () => {
    const close = event({
      name: 'CloseShort',
      bonds: units(10),
      maturityTime: later,
      vaultSharePrice: units(1.1),
    });
    expect(effects([close], [[later, units(1.1)]]).mostLoss).toBe(0n);
    expect(effects([close], []).mostLoss).toBe(0n);
  });

  it('a short closed early after a loss takes the lost part of its bonds from LPs, a long gives it', () => {
    const close = { bonds: units(100), maturityTime: later, vaultSharePrice: units(0.99) };
    const short = effects([event({ name: 'CloseShort', ...close })], [[later, units(1)]], units(1));
    expect(Number(short.mostLoss) / 1e18).toBeCloseTo(100 * 1.0005 * 0.01, 9);
    const long = effects([event({ name: 'CloseLong', ...close })], [[later, units(1)]], units(1));
    expect(long.mostLoss).toBe(0n);
    expect(Number(long.mostGain) / 1e18).toBeCloseTo(100 * (0.01 + 0.0005), 9);
  });

  it('what a checkpoint settles goes by the price that it keeps; what is redeemed after it, by nothing', () => {
    const minted = { time: noon, shorts: units(100), longs: 0n, closingPrice: units(0.98) };
    const mint = event({ name: 'CreateCheckpoint', vaultSharePrice: units(0.5), minted });
    expect(effects([mint], [[noon, units(1)]]).mostLoss).toBe(units(2));
    const redeemed = event({
      name: 'CloseShort',
      bonds: units(100),
      maturityTime: noon,
      vaultSharePrice: units(0.5),
    });
    expect(effects([redeemed], [[noon, units(1)]]).mostLoss).toBe(0n);
  });

  it('the lost part is rounded up, and none without a loss', () => {
    expect(lostPart(units(1), units(0.99))).toBe(units(0.01));
    expect(lostPart(3n, 2n)).toBe(333_333_333_333_333_334n);
    expect(lostPart(units(1), units(1))).toBe(0n);
    expect(lostPart(undefined, units(1))).toBe(0n);
  });
});
