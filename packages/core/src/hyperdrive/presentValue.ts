import { divDown, divUp, minus, mulDivDown, mulDivUp, mulDown, mulUp, one } from './fixedPoint.ts';
import {
  type Curve,
  effectiveShareReserves,
  mostBondsIn,
  mostBondsOut,
  mostSharesIn,
  sharesInForBondsOut,
  sharesOutForBondsIn,
} from './yieldSpace.ts';

/** The constants of a pool that its value depends on. */
export interface ValueConfig {
  initialVaultSharePrice: bigint;
  minimumShareReserves: bigint;
  minimumTransactionAmount: bigint;
  timeStretch: bigint;
  /** Seconds. */
  positionDuration: number;
  /** Seconds. */
  checkpointDuration: number;
}

/** A pool's reserves and open positions, in the token's decimals; maturities are seconds × 1e18. */
export interface Reserves {
  shareReserves: bigint;
  shareAdjustment: bigint;
  bondReserves: bigint;
  longsOutstanding: bigint;
  longAverageMaturityTime: bigint;
  shortsOutstanding: bigint;
  shortAverageMaturityTime: bigint;
}

/**
 * Returns the pool's value for its LPs, in vault shares: the share reserves after closing all positions now,
 * less the minimum. The result equals the contract's to the wei.
 * @param vaultSharePrice at the time of the valuation
 * @param chainTime seconds since 1970; positions count by the checkpoint that it falls in
 * @returns undefined where the contract finds no value: it is negative, or the curve cannot take the
 * positions
 * @throws ArithmeticError where the contract reverts
 */
export function presentValue(
  config: ValueConfig,
  reserves: Reserves,
  { vaultSharePrice, chainTime }: { vaultSharePrice: bigint; chainTime: number },
): bigint | undefined {
  const steps = presentValueSteps(config, reserves, { vaultSharePrice, chainTime });
  return steps === undefined || steps.value < 0n ? undefined : steps.value;
}

/** The parts of a present value: share reserves + curve trade + flat trade − minimum. In shares. */
export interface ValueSteps {
  /** The average part of their life that is left to longs and to shorts, 18 decimals. */
  longsLeft: bigint;
  shortsLeft: bigint;
  /** The gain of the share reserves from trading all unmatured positions on the curve. */
  curveTrade: bigint;
  /** The gain of the share reserves from the matured part. */
  flatTrade: bigint;
  /** The sum; negative where the contract finds no value. */
  value: bigint;
}

/** Returns the parts of `presentValue`. @returns undefined where the curve cannot take the positions */
export function presentValueSteps(
  config: ValueConfig,
  reserves: Reserves,
  { vaultSharePrice, chainTime }: { vaultSharePrice: bigint; chainTime: number },
): ValueSteps | undefined {
  const left = (maturity: bigint) => timeRemaining(config, maturity, chainTime);
  const positions: Positions = {
    longs: reserves.longsOutstanding,
    longsLeft: left(reserves.longAverageMaturityTime),
    shorts: reserves.shortsOutstanding,
    shortsLeft: left(reserves.shortAverageMaturityTime),
  };
  const curveTrade = netCurveTrade(config, reserves, { positions, vaultSharePrice });
  if (curveTrade === undefined) return undefined;
  const flatTrade = netFlatTrade(positions, vaultSharePrice);
  const value = reserves.shareReserves + curveTrade + flatTrade - config.minimumShareReserves;
  const { longsLeft, shortsLeft } = positions;
  return { longsLeft, shortsLeft, curveTrade, flatTrade, value };
}

/**
 * Returns the part of a position's life that is left, 0 to 1 with 18 decimals, rounded down. It counts from
 * the latest checkpoint.
 * @param maturity seconds × 1e18
 */
export function timeRemaining(
  { checkpointDuration, positionDuration }: Pick<ValueConfig, 'checkpointDuration' | 'positionDuration'>,
  maturity: bigint,
  chainTime: number,
): bigint {
  const latestCheckpoint = BigInt(chainTime - (chainTime % checkpointDuration)) * one;
  const left = maturity > latestCheckpoint ? maturity - latestCheckpoint : 0n;
  return divDown(left, BigInt(positionDuration) * one);
}

/** Returns the shares that no open position has a claim on, rounded down; never negative. */
export function idleShares(
  { minimumShareReserves }: Pick<ValueConfig, 'minimumShareReserves'>,
  {
    shareReserves,
    longExposure,
    vaultSharePrice,
  }: { shareReserves: bigint; longExposure: bigint; vaultSharePrice: bigint },
): bigint {
  const reserved = divUp(longExposure, vaultSharePrice) + minimumShareReserves;
  return shareReserves > reserved ? shareReserves - reserved : 0n;
}

/**
 * Returns the price of an LP share in base, 18 decimals, rounded down twice as `getPoolInfo` does; 0 while
 * there are none.
 */
export function lpSharePrice(value: bigint, vaultSharePrice: bigint, lpTotalSupply: bigint): bigint {
  return lpTotalSupply === 0n ? 0n : divDown(mulDown(value, vaultSharePrice), lpTotalSupply);
}

/** The outstanding bonds, and the average part of their life that is left. */
interface Positions {
  longs: bigint;
  longsLeft: bigint;
  shorts: bigint;
  shortsLeft: bigint;
}

/** Returns the gain (or loss) of the share reserves from trading all unmatured positions on the curve. */
function netCurveTrade(
  config: ValueConfig,
  reserves: Reserves,
  {
    positions: { longs, longsLeft, shorts, shortsLeft },
    vaultSharePrice,
  }: { positions: Positions; vaultSharePrice: bigint },
): bigint | undefined {
  const { shareReserves, shareAdjustment, bondReserves } = reserves;
  const netLong = mulUp(longs, longsLeft) - mulDown(shorts, shortsLeft);
  if (shareReserves < shareAdjustment) return undefined;
  const curve: Curve = {
    effectiveShareReserves: effectiveShareReserves(shareReserves, shareAdjustment),
    bondReserves,
    exponent: minus(one, config.timeStretch),
    vaultSharePrice,
    initialVaultSharePrice: config.initialVaultSharePrice,
  };
  if (netLong > 0n) return closeNetLong(config, { curve, reserves, bonds: netLong });
  if (netLong < 0n) return closeNetShort(config, curve, -netLong);
  return 0n;
}

/** Sells longs to the curve; the part that it cannot take any more is worthless. */
function closeNetLong(
  { minimumShareReserves, minimumTransactionAmount }: ValueConfig,
  {
    curve,
    reserves: { shareReserves, shareAdjustment },
    bonds,
  }: { curve: Curve; reserves: Reserves; bonds: bigint },
): bigint | undefined {
  const least = minimumShareReserves + (shareAdjustment < 0n ? -shareAdjustment : 0n);
  const most = mostBondsIn(curve, least);
  if (most === undefined) return undefined;
  if (most < bonds) {
    const available = shareAdjustment >= 0n ? curve.effectiveShareReserves : shareReserves;
    return -minus(available, minimumShareReserves);
  }
  const shares = sharesOutForBondsIn(curve, bonds);
  if (shares === undefined) return bonds < minimumTransactionAmount ? 0n : undefined;
  return -shares;
}

/** Buys for shorts from the curve; once its price is 1 they buy the rest at 1. */
function closeNetShort(
  { minimumTransactionAmount }: ValueConfig,
  curve: Curve,
  bonds: bigint,
): bigint | undefined {
  const most = mostBondsOut(curve);
  if (most === undefined) return undefined;
  if (most < bonds) {
    const shares = mostSharesIn(curve);
    return shares === undefined ? undefined : shares + divDown(bonds - most, curve.vaultSharePrice);
  }
  const shares = sharesInForBondsOut(curve, bonds);
  if (shares === undefined) return bonds < minimumTransactionAmount ? 0n : undefined;
  return shares;
}

/**
 * Returns the gain (or loss) of the share reserves from the matured part of all positions, at 1 base a bond.
 */
function netFlatTrade({ longs, longsLeft, shorts, shortsLeft }: Positions, vaultSharePrice: bigint): bigint {
  return (
    mulDivDown(shorts, minus(one, shortsLeft), vaultSharePrice) -
    mulDivUp(longs, minus(one, longsLeft), vaultSharePrice)
  );
}
