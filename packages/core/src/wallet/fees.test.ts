import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { affordableFees, bumpFees, outbidFees, quoteFees, replacementCaps } from './fees.ts';

const wei = fc.bigInt({ min: 0n, max: 10n ** 15n });
const optional = fc.option(wei, { nil: undefined });
const caps = fc.record({ maxFeeWei: optional, maxTipWei: optional });
/** Fees that a node accepts: a tip that the fee covers. */
const fees = fc
  .tuple(wei, wei)
  .map(([a, b]) => (a > b ? { maxFeeWei: a, tipWei: b } : { maxFeeWei: b, tipWei: a }));
const gwei = 10n ** 9n;

describe('quoteFees', () => {
  it('default: twice the base fee and the suggested tip', () => {
    expect(quoteFees(10n * gwei, gwei, {})).toEqual({ maxFeeWei: 21n * gwei, tipWei: gwei });
  });

  it('property: never above the caps, and the tip never above the fee', () => {
    fc.assert(
      fc.property(wei, wei, caps, (baseFee, tip, limits) => {
        const quote = quoteFees(baseFee, tip, limits);
        if (!quote) return;
        if (limits.maxFeeWei !== undefined) expect(quote.maxFeeWei <= limits.maxFeeWei).toBe(true);
        if (limits.maxTipWei !== undefined) expect(quote.tipWei <= limits.maxTipWei).toBe(true);
        expect(quote.tipWei <= quote.maxFeeWei).toBe(true);
        expect(quote.maxFeeWei >= baseFee).toBe(true);
      }),
    );
  });

  it('property: undefined exactly when the cap does not cover the base fee', () => {
    fc.assert(
      fc.property(wei, wei, caps, (baseFee, tip, limits) => {
        const isOutOfReach = limits.maxFeeWei !== undefined && limits.maxFeeWei < baseFee;
        expect(quoteFees(baseFee, tip, limits) === undefined).toBe(isOutOfReach);
      }),
    );
  });
});

describe('bumpFees', () => {
  const upBy = (before: bigint, after: bigint, numerator: bigint, denominator: bigint) =>
    after * denominator >= before * numerator && after > before;

  it('default: both fees up by an eighth, rounded up', () => {
    expect(bumpFees({ maxFeeWei: 9n, tipWei: 0n }, undefined, {})).toEqual({ maxFeeWei: 11n, tipWei: 1n });
  });

  it('behavior: offers at least the present price', () => {
    const fresh = { maxFeeWei: 50n * gwei, tipWei: 2n * gwei };
    expect(bumpFees({ maxFeeWei: 20n * gwei, tipWei: gwei }, fresh, {})).toEqual(fresh);
  });

  it('property: both fees rise by 12.5 %, which is over the 10 % that nodes demand', () => {
    fc.assert(
      fc.property(fees, fc.option(fees, { nil: undefined }), caps, (previous, fresh, limits) => {
        const bumped = bumpFees(previous, fresh, limits);
        if (!bumped) return;
        expect(upBy(previous.maxFeeWei, bumped.maxFeeWei, 9n, 8n)).toBe(true);
        expect(upBy(previous.tipWei, bumped.tipWei, 9n, 8n)).toBe(true);
        expect(upBy(previous.maxFeeWei, bumped.maxFeeWei, 11n, 10n)).toBe(true);
        expect(upBy(previous.tipWei, bumped.tipWei, 11n, 10n)).toBe(true);
      }),
    );
  });

  it('property: never above the caps, whatever the market asks, and the tip never above the fee', () => {
    fc.assert(
      fc.property(fees, fc.option(fees, { nil: undefined }), caps, (previous, fresh, limits) => {
        const bumped = bumpFees(previous, fresh, limits);
        if (!bumped) return;
        if (limits.maxFeeWei !== undefined) expect(bumped.maxFeeWei <= limits.maxFeeWei).toBe(true);
        if (limits.maxTipWei !== undefined) expect(bumped.tipWei <= limits.maxTipWei).toBe(true);
        expect(bumped.tipWei <= bumped.maxFeeWei).toBe(true);
      }),
    );
  });

  it('property: undefined exactly when a cap leaves no room for the rise', () => {
    const least = (before: bigint) => {
      const eighth = (before * 9n + 7n) / 8n;
      return eighth > before ? eighth : before + 1n;
    };
    fc.assert(
      fc.property(fees, fc.option(fees, { nil: undefined }), caps, (previous, fresh, limits) => {
        const { maxFeeWei = 10n ** 30n, maxTipWei = 10n ** 30n } = limits;
        const hasRoom = least(previous.maxFeeWei) <= maxFeeWei && least(previous.tipWei) <= maxTipWei;
        expect(bumpFees(previous, fresh, limits) !== undefined).toBe(hasRoom);
      }),
    );
  });
});

describe('outbidFees', () => {
  it('property: returns at least one bump, within the caps, and undefined exactly when `bumpFees` does', () => {
    fc.assert(
      fc.property(fees, fc.option(fees, { nil: undefined }), caps, (previous, fresh, limits) => {
        const once = bumpFees(previous, fresh, limits);
        const outbid = outbidFees(previous, fresh, limits);
        expect(outbid === undefined).toBe(once === undefined);
        if (!outbid || !once) return;
        expect(outbid.maxFeeWei >= once.maxFeeWei && outbid.tipWei >= once.tipWei).toBe(true);
        expect(outbid.maxFeeWei <= (limits.maxFeeWei ?? outbid.maxFeeWei)).toBe(true);
        expect(outbid.tipWei <= (limits.maxTipWei ?? outbid.tipWei)).toBe(true);
      }),
    );
  });
});

describe('replacementCaps', () => {
  it('default: allows ten times the market’s price', () => {
    const market = { baseFeeWei: 10n * gwei, tipWei: gwei };
    expect(replacementCaps(market, 1n, {})).toEqual({ maxFeeWei: 210n * gwei, maxTipWei: 10n * gwei });
  });

  it('behavior: uses the chain’s tip when nodes suggest none', () => {
    expect(replacementCaps({ baseFeeWei: 0n, tipWei: 0n }, gwei, {}).maxTipWei).toBe(10n * gwei);
  });

  it('property: never above the operator’s caps', () => {
    fc.assert(
      fc.property(wei, wei, wei, caps, (baseFeeWei, tipWei, leastTip, limits) => {
        const { maxFeeWei, maxTipWei } = replacementCaps({ baseFeeWei, tipWei }, leastTip, limits);
        expect(maxFeeWei <= (limits.maxFeeWei ?? maxFeeWei)).toBe(true);
        expect(maxTipWei <= (limits.maxTipWei ?? maxTipWei)).toBe(true);
      }),
    );
  });

  it('property: without caps, replacing a transaction again and again comes to an end', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 12n }), wei, (tipWei, baseFeeWei) => {
        const limits = replacementCaps({ baseFeeWei, tipWei }, 1n, {});
        let current = quoteFees(baseFeeWei, tipWei, {});
        let replacements = 0;
        for (; current && replacements < 100; replacements += 1)
          current = bumpFees(current, quoteFees(baseFeeWei, tipWei, limits), limits);
        expect(replacements).toBeLessThan(30);
      }),
    );
  });
});

describe('affordableFees', () => {
  const gas = fc.bigInt({ min: 1n, max: 10n ** 8n });
  const balance = fc.bigInt({ min: 0n, max: 10n ** 20n });

  it('property: never promises more than the balance holds, unless the fees were within it anyway', () => {
    fc.assert(
      fc.property(fees, wei, gas, balance, (wanted, baseFee, gasLimit, balanceWei) => {
        const paid = affordableFees(wanted, { baseFeeWei: baseFee, gasLimit, balanceWei });
        if (!paid) return;
        expect(paid.maxFeeWei * gasLimit <= balanceWei).toBe(true);
        expect(paid.maxFeeWei <= wanted.maxFeeWei).toBe(true);
        expect(paid.tipWei).toBe(wanted.tipWei);
        expect(paid.tipWei <= paid.maxFeeWei).toBe(true);
      }),
    );
  });

  it('property: undefined exactly when neither the wanted fees nor the present price is covered', () => {
    fc.assert(
      fc.property(fees, wei, gas, balance, (wanted, baseFee, gasLimit, balanceWei) => {
        const isCovered =
          balanceWei >= gasLimit * wanted.maxFeeWei ||
          (balanceWei >= gasLimit * (baseFee + wanted.tipWei) && wanted.maxFeeWei >= baseFee + wanted.tipWei);
        expect(affordableFees(wanted, { baseFeeWei: baseFee, gasLimit, balanceWei }) !== undefined).toBe(
          isCovered,
        );
      }),
    );
  });
});
