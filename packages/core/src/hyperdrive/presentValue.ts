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

/** What never changes about a pool and its value depends on. */
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
 * What the pool is worth to its LPs, in vault shares: the share reserves after closing all positions now, less the
 * minimum. To the wei what the contract computes.
 * @param vaultSharePrice c, at the moment asked about
 * @param chainTime seconds since 1970; positions count by the checkpoint it falls in
 * @returns undefined where the contract finds no value: it is negative, or the curve cannot take the positions
 * @throws ArithmeticError where the contract reverts
 */
export function presentValue(
  config: ValueConfig,
  reserves: Reserves,
  vaultSharePrice: bigint,
  chainTime: number,
): bigint | undefined {
  const steps = presentValueSteps(config, reserves, vaultSharePrice, chainTime);
  return steps === undefined || steps.value < 0n ? undefined : steps.value;
}

/** How a present value comes about: share reserves + curve trade + flat trade − minimum. In shares. */
export interface ValueSteps {
  /** Part of their life that is left to longs and to shorts on average, 18 decimals. */
  longsLeft: bigint;
  shortsLeft: bigint;
  /** What the share reserves gain when all that has not matured is traded on the curve. */
  curveTrade: bigint;
  /** What they gain by the part that has matured. */
  flatTrade: bigint;
  /** Negative where the contract finds no value. */
  value: bigint;
}

/** As `presentValue`, step by step. @returns undefined where the curve cannot take the positions */
export function presentValueSteps(
  config: ValueConfig,
  reserves: Reserves,
  vaultSharePrice: bigint,
  chainTime: number,
): ValueSteps | undefined {
  const left = (maturity: bigint) => timeRemaining(config, maturity, chainTime);
  const positions: Positions = {
    longs: reserves.longsOutstanding,
    longsLeft: left(reserves.longAverageMaturityTime),
    shorts: reserves.shortsOutstanding,
    shortsLeft: left(reserves.shortAverageMaturityTime),
  };
  const curveTrade = netCurveTrade(config, reserves, positions, vaultSharePrice);
  if (curveTrade === undefined) return undefined;
  const flatTrade = netFlatTrade(positions, vaultSharePrice);
  const value = reserves.shareReserves + curveTrade + flatTrade - config.minimumShareReserves;
  const { longsLeft, shortsLeft } = positions;
  return { longsLeft, shortsLeft, curveTrade, flatTrade, value };
}

/**
 * Part of a position's life that is left, 0 to 1 with 18 decimals, rounded down. It counts from the latest checkpoint.
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

/** Shares that no open position has a claim on, rounded down; never negative. */
export function idleShares(
  { minimumShareReserves }: Pick<ValueConfig, 'minimumShareReserves'>,
  shareReserves: bigint,
  longExposure: bigint,
  vaultSharePrice: bigint,
): bigint {
  const reserved = divUp(longExposure, vaultSharePrice) + minimumShareReserves;
  return shareReserves > reserved ? shareReserves - reserved : 0n;
}

/** Base for one LP share, 18 decimals, rounded down twice as `getPoolInfo` does; 0 while there are none. */
export function lpSharePrice(value: bigint, vaultSharePrice: bigint, lpTotalSupply: bigint): bigint {
  return lpTotalSupply === 0n ? 0n : divDown(mulDown(value, vaultSharePrice), lpTotalSupply);
}

/** Bonds outstanding, and the part of their life that is left, on average. */
interface Positions {
  longs: bigint;
  longsLeft: bigint;
  shorts: bigint;
  shortsLeft: bigint;
}

/** What the share reserves gain (or lose) when all that has not matured is traded on the curve. */
function netCurveTrade(
  config: ValueConfig,
  reserves: Reserves,
  { longs, longsLeft, shorts, shortsLeft }: Positions,
  vaultSharePrice: bigint,
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
  if (netLong > 0n) return closeNetLong(config, curve, reserves, netLong);
  if (netLong < 0n) return closeNetShort(config, curve, -netLong);
  return 0n;
}

/** Longs are sold to the curve; what it cannot take any more is worth nothing. */
function closeNetLong(
  { minimumShareReserves, minimumTransactionAmount }: ValueConfig,
  curve: Curve,
  { shareReserves, shareAdjustment }: Reserves,
  bonds: bigint,
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

/** Shorts buy from the curve; once its price is 1 they buy the rest at 1. */
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

/** What the share reserves gain (or lose) by the part of all positions that has matured, at 1 base a bond. */
function netFlatTrade({ longs, longsLeft, shorts, shortsLeft }: Positions, vaultSharePrice: bigint): bigint {
  return (
    mulDivDown(shorts, minus(one, shortsLeft), vaultSharePrice) -
    mulDivUp(longs, minus(one, longsLeft), vaultSharePrice)
  );
}
