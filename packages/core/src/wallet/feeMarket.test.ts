import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chainOf } from '../chains/index.ts';
import { type FeeReadings, judgeFeeMarket, parseFeeHistory } from './feeMarket.ts';
import { capsOn, quoteFees } from './fees.ts';

const gwei = 10n ** 9n;
const mainnet = chainOf(1);
const nothing: FeeReadings = {
  baseFeeWei: 10n * gwei,
  suggestedTipWei: undefined,
  gasPriceWei: undefined,
  nextBaseFeeWei: undefined,
  paidTipsWei: undefined,
};
const tipOf = (readings: Partial<FeeReadings>, chain = mainnet) =>
  judgeFeeMarket({ ...nothing, ...readings }, chain).tipWei;
const baseFeeOf = (readings: Partial<FeeReadings>, chain = mainnet) =>
  judgeFeeMarket({ ...nothing, baseFeeWei: undefined, ...readings }, chain).baseFeeWei;

describe('the tip', () => {
  it('is the suggestion, where recent blocks paid as much', () => {
    expect(tipOf({ suggestedTipWei: 2n * gwei, paidTipsWei: [gwei, 2n * gwei, 0n] })).toBe(2n * gwei);
  });

  it('of 10,000 gwei is at most three times what recent blocks paid', () => {
    expect(tipOf({ suggestedTipWei: 10_000n * gwei, paidTipsWei: [gwei, 2n * gwei] })).toBe(6n * gwei);
  });

  it('of 10,000 gwei is at most ten times the chain’s default, where blocks are empty or their tips are not reported', () => {
    expect(tipOf({ suggestedTipWei: 10_000n * gwei, paidTipsWei: [0n, 0n] })).toBe(gwei);
    expect(tipOf({ suggestedTipWei: 10_000n * gwei })).toBe(gwei);
  });

  it('of 10,000 gwei is the chain’s cap at most, also when the history reports the same', () => {
    expect(tipOf({ suggestedTipWei: 10_000n * gwei, paidTipsWei: [10_000n * gwei] })).toBe(mainnet.maxTipWei);
  });

  it('that is not suggested, or suggested as zero, is the chain’s default', () => {
    expect(tipOf({})).toBe(mainnet.defaultTipWei);
    expect(tipOf({ suggestedTipWei: 0n, paidTipsWei: [gwei] })).toBe(mainnet.defaultTipWei);
  });

  it('of next to nothing is raised to what recent blocks paid, or the default', () => {
    expect(tipOf({ suggestedTipWei: 1n, paidTipsWei: [5n * gwei] })).toBe(mainnet.defaultTipWei);
    expect(tipOf({ suggestedTipWei: 1n, paidTipsWei: [7n] })).toBe(7n);
  });
});

describe('the base fee', () => {
  it('is the head’s, then the history’s, then the gas price without the tip, then the chain’s default', () => {
    const suggestedTipWei = gwei / 10n;
    const all = { suggestedTipWei, nextBaseFeeWei: 7n * gwei, gasPriceWei: 8n * gwei };
    expect(baseFeeOf({ ...all, baseFeeWei: 6n * gwei })).toBe(6n * gwei);
    expect(baseFeeOf(all)).toBe(7n * gwei);
    expect(baseFeeOf({ ...all, nextBaseFeeWei: undefined })).toBe(8n * gwei - suggestedTipWei);
    expect(baseFeeOf({})).toBe(mainnet.defaultBaseFeeWei);
  });
});

const wei = fc.bigInt({ min: 0n, max: 10n ** 24n });
const optional = fc.option(wei, { nil: undefined });
const readings: fc.Arbitrary<FeeReadings> = fc.record({
  baseFeeWei: optional,
  suggestedTipWei: optional,
  gasPriceWei: optional,
  nextBaseFeeWei: optional,
  paidTipsWei: fc.option(fc.array(wei, { maxLength: 10 }), { nil: undefined }),
});
const chains = fc.constantFrom(1, 100, 143, 8453, 59144, 11155111, 31337, 424242).map(chainOf);

it('property: whatever nodes report, a tip is above zero and at most the chain’s cap', () => {
  fc.assert(
    fc.property(readings, chains, (told, chain) => {
      const { tipWei } = judgeFeeMarket(told, chain);
      expect(tipWei > 0n && tipWei <= chain.maxTipWei).toBe(true);
    }),
  );
});

it('property: whatever nodes report, a transaction offers no more than the chain’s caps, unless the operator allows it', () => {
  fc.assert(
    fc.property(
      readings,
      chains,
      fc.record({ maxFeeWei: optional, maxTipWei: optional }),
      (told, chain, own) => {
        const { baseFeeWei, tipWei } = judgeFeeMarket(told, chain);
        const fees = quoteFees(baseFeeWei, tipWei, capsOn(chain, own));
        if (!fees) return;
        expect(fees.maxFeeWei <= (own.maxFeeWei ?? chain.maxFeeWei)).toBe(true);
        expect(fees.tipWei <= (own.maxTipWei ?? chain.maxTipWei)).toBe(true);
      },
    ),
  );
});

describe('parseFeeHistory', () => {
  it('default: the next base fee, and the median tips of the blocks', () => {
    const history = { baseFeePerGas: ['0x5', '0x7'], reward: [['0x3'], ['0x0']] };
    expect(parseFeeHistory(history)).toEqual({ nextBaseFeeWei: 7n, paidTipsWei: [3n, 0n] });
  });

  it.each([
    undefined,
    null,
    'text',
    {},
    { reward: null },
    { reward: [[null]] },
    { reward: ['0x1'] },
    { reward: [['-1']] },
  ])('behavior: %j holds no tips', history => {
    expect(parseFeeHistory(history).paidTipsWei).toBeUndefined();
  });

  it('property: never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), value => void parseFeeHistory(value)));
  });
});
