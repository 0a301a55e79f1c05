import { divUp, minus, mulDivDown, mulDown, mulUp, one, smaller } from '../fixedPoint.ts';
import { idleShares, presentValue, presentValueSteps } from '../presentValue.ts';
import { mostBondsOut } from '../yieldSpace.ts';
import { type IdleDistribution, idleProceeds } from './idleProceeds.ts';
import {
  curveOf,
  type LiquidityReserves,
  type Moment,
  type PoolState,
  type TradeConfig,
} from './PoolState.ts';
import { withShares } from './withShares.ts';

/**
 * Returns the state after the distribution of idle vault shares to the holders of withdrawal shares, as many
 * as leave the LP share price unchanged.
 * @returns undefined where the contract reports that it cannot compute that
 * @throws TradeRefused, ArithmeticError where the contract reverts
 */
export function distributeExcessIdle(
  config: TradeConfig,
  state: PoolState,
  moment: Moment,
): PoolState | undefined {
  // 1. Nothing changes when no withdrawal shares wait, or no shares are idle.
  const waitingShares = minus(state.withdrawalShareSupply, state.readyToWithdraw);
  if (waitingShares === 0n) return state;
  const { vaultSharePrice, chainTime } = moment;
  const idle = idleShares(config, {
    shareReserves: state.shareReserves,
    longExposure: state.longExposure,
    vaultSharePrice,
  });
  if (idle === 0n) return state;
  const valueWith = (reserves: LiquidityReserves) =>
    presentValue(config, { ...state, ...reserves }, { vaultSharePrice, chainTime });
  const steps = presentValueSteps(config, state, { vaultSharePrice, chainTime });
  if (steps === undefined || steps.value < 0n) return undefined;

  // 2. Find how many withdrawal shares are redeemed, for how many vault shares.
  const netCurveTrade =
    mulUp(state.longsOutstanding, steps.longsLeft) - mulDown(state.shortsOutstanding, steps.shortsLeft);
  const mostShares = mostDistributable(config, state, { idle, netCurveTrade, vaultSharePrice });
  if (mostShares === undefined || mostShares === 0n) return state;
  const distribution: IdleDistribution = {
    state,
    presentValue: steps.value,
    flatTrade: steps.flatTrade,
    waitingShares,
    allShares: state.lpSupply + waitingShares,
    netCurveTrade,
    mostShares,
    valueWith,
  };
  const { redeemed, shares } = redeemable(config, distribution, vaultSharePrice);

  // 3. Move them from the reserves to the withdrawal pool.
  const reserves = withShares(config, state, -shares);
  if (!reserves) return undefined;
  return {
    ...state,
    ...reserves,
    readyToWithdraw: state.readyToWithdraw + redeemed,
    withdrawalProceeds: state.withdrawalProceeds + shares,
  };
}

/**
 * Returns the most vault shares that can leave. While shorts prevail, the curve has to stay able to sell them
 * their bonds.
 */
function mostDistributable(
  config: TradeConfig,
  state: PoolState,
  { idle, netCurveTrade, vaultSharePrice }: { idle: bigint; netCurveTrade: bigint; vaultSharePrice: bigint },
): bigint | undefined {
  if (netCurveTrade >= 0n) return idle;
  const mostBonds = mostBondsOut(curveOf(config, state, vaultSharePrice));
  if (mostBonds === undefined || mostBonds === 0n) return undefined;
  // Reserves scaled by a factor sell bonds scaled by the same factor.
  const leastScale = divUp(-netCurveTrade, mostBonds);
  if (leastScale > one) return undefined;
  const most = mulDown(one - leastScale, state.shareReserves);
  return smaller(most, idle);
}

function redeemable(
  config: TradeConfig,
  distribution: IdleDistribution,
  vaultSharePrice: bigint,
): { redeemed: bigint; shares: bigint } {
  const nothing = { redeemed: 0n, shares: 0n };
  const { state, mostShares, waitingShares } = distribution;
  // As many shares as possible leave the reserves, provided that they redeem no more than the waiting shares.
  const redeemedByMost = redeemedBy(distribution, withShares(config, state, -mostShares));
  if (redeemedByMost === 0n) return nothing;
  if (redeemedByMost <= waitingShares) return { redeemed: redeemedByMost, shares: mostShares };
  // Otherwise all waiting shares are redeemed, at an unchanged LP share price.
  const shares = idleProceeds(config, distribution, vaultSharePrice);
  return shares === 0n || shares >= mostShares ? nothing : { redeemed: waitingShares, shares };
}

/** Returns how many withdrawal shares are redeemed when the reserves fall to this, rounded up. */
function redeemedBy(
  { presentValue: before, allShares, valueWith }: IdleDistribution,
  reserves: LiquidityReserves | undefined,
): bigint {
  const after = reserves && valueWith(reserves);
  if (after === undefined || after >= before) return 0n;
  return allShares - mulDivDown(allShares, after, before);
}
