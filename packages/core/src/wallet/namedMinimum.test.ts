import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { feesForMinimum, namedMinimum } from './feesAfterRefusal.ts';

describe('namedMinimum', () => {
  it.each([
    ['transaction underpriced: gas tip cap 1, minimum needed 30000000000', { tipWei: 30_000_000_000n }],
    [
      'transaction gas price below minimum: gas tip cap 1, minimum needed 25000000000',
      { tipWei: 25_000_000_000n },
    ],
    [
      'max fee per gas less than block base fee: address 0x12aB34, maxFeePerGas: 1, baseFee: 7000',
      { maxFeeWei: 7_000n },
    ],
    [
      'max fee per gas less than block base fee: address 0x12aB34, maxFeePerGas: 1 baseFee: 100000000',
      { maxFeeWei: 100_000_000n },
    ],
    ['gas price too low: 1000 wei, use at least tx.gasPrice = 15000000 wei', { maxFeeWei: 15_000_000n }],
    [
      'FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7, MaxPriorityFeePerGas:1, Block number: 9',
      { maxFeeWei: 7n },
    ],
    ['FeeTooLow, EffectivePriorityFeePerGas too low 1 < 2, BaseFee: 7', { tipWei: 2n }],
    [
      'FeeTooLow, FeePerGas needs to be higher than 7 to be added to the TxPool. Affordable FeePerGas of rejected tx: 5.',
      { maxFeeWei: 8n },
    ],
    ['have gas tip cap (1) < pool gas tip (25000000000)', { tipWei: 25_000_000_000n }],
    ['provided fee < minimum global fee (1aphoton < 2aphoton)', { maxFeeWei: 2n }],
    ["gasfeecap not set correctly; 'minimum gas fee cap' 100, have 99", { maxFeeWei: 100n }],
    ['gas price of transaction 1 below 2', { maxFeeWei: 2n }],
    ['tip below the minimum of 2.5 gwei', { tipWei: 2_500_000_000n }],
    ['priority fee too low, at least 1,000,000 wei', { tipWei: 1_000_000n }],
  ])('finds the minimum in "%s"', (said, minimum) => {
    expect(namedMinimum(said)).toEqual(minimum);
  });

  it.each(['transaction underpriced', 'Transaction fee too low', 'replacement transaction underpriced', ''])(
    'finds none in "%s"',
    said => {
      expect(namedMinimum(said)).toBeUndefined();
    },
  );

  it('property: never throws', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        namedMinimum(text);
        namedMinimum(`minimum needed ${text}`);
      }),
    );
  });
});

describe('feesForMinimum', () => {
  const wei = fc.bigInt({ min: 0n, max: 10n ** 15n });
  const optional = fc.option(wei, { nil: undefined });
  const caps = fc.record({ maxFeeWei: optional, maxTipWei: optional });
  const offered = fc
    .tuple(wei, wei)
    .map(([a, b]) => (a > b ? { maxFeeWei: a, tipWei: b } : { maxFeeWei: b, tipWei: a }));
  const minimum = fc.oneof(
    wei.map(tipWei => ({ tipWei })),
    wei.map(maxFeeWei => ({ maxFeeWei })),
  );

  it('default: raises the tip to the minimum, and the fee by as much', () => {
    expect(feesForMinimum({ maxFeeWei: 20n, tipWei: 2n }, { tipWei: 5n }, {})).toEqual({
      maxFeeWei: 23n,
      tipWei: 5n,
    });
  });

  it('property: meets the minimum, within the caps, with a tip that the fee covers', () => {
    fc.assert(
      fc.property(offered, minimum, caps, (fees, least, limits) => {
        const raised = feesForMinimum(fees, least, limits);
        if (!raised) return;
        expect(raised.tipWei >= ('tipWei' in least ? least.tipWei : 0n)).toBe(true);
        expect(raised.maxFeeWei >= ('maxFeeWei' in least ? least.maxFeeWei : 0n)).toBe(true);
        expect(raised.tipWei >= fees.tipWei && raised.tipWei <= raised.maxFeeWei).toBe(true);
        expect(raised.maxFeeWei <= (limits.maxFeeWei ?? raised.maxFeeWei)).toBe(true);
        expect(raised.tipWei <= (limits.maxTipWei ?? raised.tipWei)).toBe(true);
      }),
    );
  });

  it('property: undefined exactly when a cap is below the minimum or the tip that was offered', () => {
    fc.assert(
      fc.property(
        offered,
        minimum,
        caps,
        (fees, least, { maxFeeWei = 10n ** 30n, maxTipWei = 10n ** 30n }) => {
          const tip = 'tipWei' in least && least.tipWei > fees.tipWei ? least.tipWei : fees.tipWei;
          const fee = 'maxFeeWei' in least ? least.maxFeeWei : 0n;
          const isOutOfReach = tip > maxTipWei || tip > maxFeeWei || fee > maxFeeWei;
          expect(feesForMinimum(fees, least, { maxFeeWei, maxTipWei }) === undefined).toBe(isOutOfReach);
        },
      ),
    );
  });
});
