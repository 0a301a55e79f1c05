import {
  divDown,
  divUp,
  minus,
  mulDivDown,
  mulDivUp,
  mulDown,
  mulUp,
  one,
  pow,
  smaller,
} from '../fixedPoint.ts';
import { invariantUp, mostBondsIn } from '../yieldSpace.ts';
import { curveOf, type LiquidityReserves, type PoolState, type TradeConfig } from './PoolState.ts';
import { TradeRefused } from './TradeRefused.ts';
import { withShares } from './withShares.ts';

/** The facts that a distribution of idle shares rests on. */
export interface IdleDistribution {
  /** The state before it. */
  state: PoolState;
  /** The pool's value to its LPs before it, in vault shares. */
  presentValue: bigint;
  /** The gain of the share reserves by the matured part of all positions. */
  flatTrade: bigint;
  /** Withdrawal shares that wait to be redeemed. */
  waitingShares: bigint;
  /** Waiting withdrawal shares and LP tokens together. */
  allShares: bigint;
  /** Bonds of longs less bonds of shorts, each weighted by the part of its life that is left. */
  netCurveTrade: bigint;
  /** The most vault shares that can be taken out. */
  mostShares: bigint;
  /** Returns the pool's value with other reserves; undefined where it cannot be computed. */
  valueWith(reserves: LiquidityReserves): bigint | undefined;
}

/** The most steps of Newton's method that the contract takes in a trade. */
const mostSteps = 4;
/** A step is the last when it raises the LP share price by at most this part, 18 decimals. */
const closeEnough = 10n ** 9n;
/** The LP share price may change by this part, 18 decimals. */
const tolerance = 10n ** 14n;

/**
 * Returns the vault shares that redeem all waiting withdrawal shares at an unchanged LP share price. The
 * contract finds them by Newton's method on value·(all shares) − value before·(remaining shares); the steps
 * and roundings are its own.
 * @returns 0 where it does not find them
 */
export function idleProceeds(
  config: TradeConfig,
  distribution: IdleDistribution,
  vaultSharePrice: bigint,
): bigint {
  const { state, presentValue: before, waitingShares, allShares, netCurveTrade, mostShares } = distribution;
  const reservesAfter = (shares: bigint) => withShares(config, state, -shares);
  let shares = mulDivDown(waitingShares, before, allShares);
  // While no position has to be traded on the curve, the value falls by exactly the shares taken out.
  if (netCurveTrade === 0n) return shares;

  const goal = mulUp(before, state.lpSupply);
  const closest = { distance: 0n, shares: 0n, value: 0n };
  for (let step = 0; step < mostSteps; step += 1) {
    // 1. Value after taking `shares` out.
    shares = smaller(shares, mostShares);
    const reserves = reservesAfter(shares);
    const value = reserves && distribution.valueWith(reserves);
    if (reserves === undefined || value === undefined) return 0n;
    if (isCloseEnough(distribution, value)) return shares;

    // 2. Where longs are more than the curve can take, the value is linear.
    if (netCurveTrade > 0n) {
      const most = mostSold(config, reserves, vaultSharePrice);
      if (most === undefined) return 0n;
      if (netCurveTrade >= most) {
        const linear = linearProceeds(distribution);
        const after = linear === undefined ? undefined : reservesAfter(linear);
        const mostAfter = after && mostSold(config, after, vaultSharePrice);
        if (linear === undefined || mostAfter === undefined) return 0n;
        shares = linear;
        if (mostAfter <= netCurveTrade) return shares;
        continue;
      }
    }

    // 3. A step of Newton's method.
    const slope = curveSlope(config, distribution, { reserves, c: vaultSharePrice });
    if (slope === undefined || slope >= one) return 0n;
    const delta = mulDown(value, allShares) - goal;
    if (closest.distance === 0n || size(delta) < size(closest.distance))
      Object.assign(closest, { distance: delta, shares, value });
    if (delta === 0n) break;
    const change = divDown(divDown(size(delta), one - slope), allShares);
    if (delta > 0n) shares += change;
    else if (change < shares) shares -= change;
    else return 0n;
  }

  // 4. The best of all steps counts, if it is good enough.
  const last = reservesAfter(shares);
  if (!last) return 0n;
  const value = distribution.valueWith(last);
  if (value === undefined) throw new TradeRefused('InvalidPresentValue');
  if (size(mulDown(value, allShares) - goal) < size(closest.distance))
    Object.assign(closest, { shares, value });
  const keepsPrice =
    divDown(closest.value, state.lpSupply) >= mulDivUp(before, one - tolerance, allShares) &&
    divUp(closest.value, state.lpSupply) <= mulDivDown(before, one + tolerance, allShares);
  return keepsPrice ? closest.shares : 0n;
}

const size = (value: bigint) => (value < 0n ? -value : value);

/** Returns whether the LP share price has not fallen, and has risen by almost nothing. */
function isCloseEnough({ state, presentValue: before, allShares }: IdleDistribution, value: bigint): boolean {
  // The test compares value/remaining with before/all, multiplied out as the contract does.
  return (
    divDown(allShares, state.lpSupply) >= divUp(before, value) &&
    divUp(allShares, state.lpSupply) <= mulDivDown(one + closeEnough, before, value)
  );
}

/** Returns the most bonds that the curve can take before the share reserves are at their minimum. */
function mostSold(
  config: TradeConfig,
  reserves: LiquidityReserves,
  vaultSharePrice: bigint,
): bigint | undefined {
  const { shareAdjustment } = reserves;
  const least = config.minimumShareReserves + (shareAdjustment < 0n ? -shareAdjustment : 0n);
  return mostBondsIn(curveOf(config, reserves, vaultSharePrice), least);
}

/** Returns the proceeds where the curve has taken all the longs that it can. */
function linearProceeds({
  state,
  presentValue: before,
  flatTrade,
  allShares,
}: IdleDistribution): bigint | undefined {
  const { shareReserves, shareAdjustment, lpSupply } = state;
  if (shareAdjustment <= 0n) return undefined;
  const remaining = mulDivUp(before, lpSupply, allShares) - flatTrade;
  if (flatTrade >= 0n && remaining <= 0n) return undefined;
  const kept = mulDivUp(shareReserves, remaining, shareAdjustment);
  return shareReserves < kept ? undefined : shareReserves - kept;
}

/**
 * Returns the decrease of the net position's trade with the curve for each share taken out, rounded down.
 * (1 − ζ/z)·(1 − (c·(µ·z_e)^−τ + (y₀/z₀)·(y^−τ − (y + net)^−τ))/c · ((µ/c)·(k − (y + net)^(1−τ)))^(τ/(1−τ)))
 */
function curveSlope(
  config: TradeConfig,
  { state, netCurveTrade }: IdleDistribution,
  { reserves, c }: { reserves: LiquidityReserves; c: bigint },
): bigint | undefined {
  const { timeStretch, initialVaultSharePrice: mu } = config;
  const y = reserves.bondReserves;
  const traded = y + netCurveTrade;
  if (traded <= 0n) return undefined;
  const { shareReserves: z0, shareAdjustment: zeta0, bondReserves: y0 } = state;
  const effective0 = minus(z0, zeta0);
  const curve = curveOf(config, reserves, c);
  const rising =
    divUp(c, pow(mulDown(mu, curve.effectiveShareReserves), timeStretch)) +
    divUp(y0, mulDown(effective0, pow(y, timeStretch)));
  const falling = divDown(y0, mulUp(effective0, pow(traded, timeStretch)));
  const k = invariantUp(curve);
  const bondPart = pow(traded, one - timeStretch);
  if (rising < falling || k < bondPart) return undefined;
  const inner = mulDivUp(k - bondPart, mu, c);
  const exponent =
    inner >= one ? divUp(timeStretch, one - timeStretch) : divDown(timeStretch, one - timeStretch);
  const product = mulDivUp(rising - falling, pow(inner, exponent), c);
  if (product >= one) return 0n;
  if (zeta0 < 0n) return mulDown(one - product, one + divDown(-zeta0, z0));
  const adjusted = divUp(zeta0, z0);
  return adjusted > one ? undefined : mulDown(one - product, one - adjusted);
}
