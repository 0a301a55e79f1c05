import { timeStretch } from '@service-bots/devnet';
import fc from 'fast-check';
import { one } from '../../src/hyperdrive/fixedPoint.ts';
import type { Reserves, ValueConfig } from '../../src/hyperdrive/presentValue.ts';
import type { Curve } from '../../src/hyperdrive/yieldSpace.ts';

/** Numbers of every size below 2^bits; small ones are as likely as large ones. */
export const anySize = (bits: number) =>
  fc.integer({ min: 0, max: bits }).chain(size => fc.bigInt({ min: 0n, max: 1n << BigInt(size) }));
/** An 18-decimal number between two others. */
export const fixed = (min: number, max: number) =>
  fc.bigInt({
    min: BigInt(Math.round(min * 1e6)) * 10n ** 12n,
    max: BigInt(Math.round(max * 1e6)) * 10n ** 12n,
  });

/** A random pool of 18 or 6 decimals, at times near its limits. */
export const pools = fc
  .record({
    decimals: fc.constantFrom(18, 6),
    shares: fixed(1, 100_000_000),
    adjustment: fixed(-1, 1.05),
    ratio: fixed(0.9, 12),
    vaultSharePrice: fixed(0.3, 3),
    initialVaultSharePrice: fixed(0.8, 2),
    rate: fixed(0.005, 0.3),
    days: fc.constantFrom(7, 30, 182, 365),
    longs: fc.oneof(fixed(0, 1.2), fixed(0, 0.000001), fc.constant(0n)),
    shorts: fc.oneof(fixed(0, 3), fixed(0, 0.000001), fc.constant(0n)),
    longsMature: fixed(-0.1, 1),
    shortsMature: fixed(-0.1, 1),
    bonds: fixed(0, 2),
    chainTime: fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
  })
  .map(draw => {
    const scale = 10n ** BigInt(18 - draw.decimals);
    const of = (part: bigint) => (shareReserves * part) / one;
    const shareReserves = draw.shares / scale;
    const shareAdjustment = of(draw.adjustment);
    const positionDuration = draw.days * 86_400;
    const maturing = (part: bigint) => BigInt(draw.chainTime) * one + part * BigInt(positionDuration);
    const effective = shareReserves > shareAdjustment ? shareReserves - shareAdjustment : 0n;
    const config: ValueConfig = {
      initialVaultSharePrice: draw.initialVaultSharePrice,
      minimumShareReserves: (10n * one) / scale,
      minimumTransactionAmount: one / 1_000n / scale,
      timeStretch: timeStretch(draw.rate, positionDuration),
      positionDuration,
      checkpointDuration: 86_400,
    };
    const reserves: Reserves = {
      shareReserves,
      shareAdjustment,
      bondReserves: (effective * draw.ratio) / one,
      longsOutstanding: of(draw.longs),
      longAverageMaturityTime: maturing(draw.longsMature),
      shortsOutstanding: of(draw.shorts),
      shortAverageMaturityTime: maturing(draw.shortsMature),
    };
    const curve: Curve = {
      effectiveShareReserves: effective,
      bondReserves: reserves.bondReserves,
      exponent: one - config.timeStretch,
      vaultSharePrice: draw.vaultSharePrice,
      initialVaultSharePrice: draw.initialVaultSharePrice,
    };
    return { config, reserves, curve, bonds: of(draw.bonds), chainTime: draw.chainTime };
  });
