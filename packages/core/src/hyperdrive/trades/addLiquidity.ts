import { minus, mulDivDown, smaller } from '../fixedPoint.ts';
import { presentValue } from '../presentValue.ts';
import { aprFromPrice, bondsOutForSharesIn, mostSharesIn } from '../yieldSpace.ts';
import { mintCheckpoint } from './checkpoints.ts';
import { distributeExcessIdle } from './excessIdle.ts';
import { openLongFees } from './fees.ts';
import {
  checkpointAt,
  curveOf,
  latestCheckpoint,
  type Moment,
  netLongs,
  type PoolState,
  spotPriceOf,
  spotRateOf,
  type TradeConfig,
} from './PoolState.ts';
import { exposureAfter, solvencyMargin } from './solvency.ts';
import { TradeRefused } from './TradeRefused.ts';
import { withShares } from './withShares.ts';

/**
 * A deposit of liquidity: the amount paid, in the unit of the payment, and the vault shares that the vault
 * returned for it.
 */
export interface Contribution {
  amount: bigint;
  shares: bigint;
}

/**
 * Returns the LP tokens for a deposit, and the state after it, equal to the contract's to the wei.
 * @throws TradeRefused, ArithmeticError where the contract reverts
 */
export function addLiquidity(
  config: TradeConfig,
  state: PoolState,
  { amount, shares, moment }: { moment: Moment } & Contribution,
): { lpShares: bigint; state: PoolState } {
  const { chainTime, vaultSharePrice } = moment;
  // 1. Mint the latest checkpoint, and refuse a rate that moved too far since the one before.
  if (state.isPaused) throw new TradeRefused('PoolIsPaused');
  if (amount < config.minimumTransactionAmount) throw new TradeRefused('MinimumTransactionAmount');
  const rate = spotRateOf(config, state);
  const checkpoint = latestCheckpoint(config, chainTime);
  const minted = mintCheckpoint(config, state, { time: checkpoint, moment });
  const solvencyBefore = solvencyAfterMostLongs(config, minted, { checkpoint, vaultSharePrice });
  requireCalm(config, minted, { latest: checkpoint, rate });

  // 2. LP tokens in proportion to the value that the deposit adds.
  const valueBefore = presentValueOf(config, minted, moment);
  const reserves = withShares(config, minted, shares);
  if (!reserves) throw new TradeRefused('UpdateLiquidityFailed');
  const added: PoolState = { ...minted, ...reserves };
  const gain = presentValueOf(config, added, moment) - valueBefore;
  if (gain < 0n) throw new TradeRefused('DecreasedPresentValueWhenAddingLiquidity');
  const allShares = minted.lpSupply + minus(minted.withdrawalShareSupply, minted.readyToWithdraw);
  const lpShares = mulDivDown(gain, allShares, valueBefore);
  if (lpShares < config.minimumTransactionAmount) throw new TradeRefused('MinimumTransactionAmount');

  // 3. Distribute idle shares, and refuse liquidity that keeps the price further from 1 than it was.
  const after = distributeExcessIdle(config, { ...added, lpSupply: added.lpSupply + lpShares }, moment);
  if (!after) throw new TradeRefused('DistributeExcessIdleFailed');
  const solvencyAfter = solvencyAfterMostLongs(config, after, { checkpoint, vaultSharePrice });
  if (solvencyAfter < smaller(solvencyBefore, 0n)) throw new TradeRefused('CircuitBreakerTriggered');
  return { lpShares, state: after };
}

function presentValueOf(
  config: TradeConfig,
  state: PoolState,
  { vaultSharePrice, chainTime }: Moment,
): bigint {
  const value = presentValue(config, state, { vaultSharePrice, chainTime });
  if (value === undefined) throw new TradeRefused('InvalidPresentValue');
  return value;
}

/**
 * Checks the rate.
 * @throws TradeRefused when it is too far from the weighted one of the checkpoint before the latest
 */
function requireCalm(
  config: TradeConfig,
  state: PoolState,
  { latest, rate }: { latest: number; rate: bigint },
): void {
  const { weightedSpotPrice } = checkpointAt(state, latest - config.checkpointDuration);
  const distance = rate - aprFromPrice(weightedSpotPrice, config.positionDuration);
  const moved = distance < 0n ? -distance : distance;
  if (moved > config.circuitBreakerDelta) throw new TradeRefused('CircuitBreakerTriggered');
}

/** Returns the solvency margin in base if longs were opened until the price is 1. */
function solvencyAfterMostLongs(
  config: TradeConfig,
  state: PoolState,
  { checkpoint, vaultSharePrice }: { checkpoint: number; vaultSharePrice: bigint },
): bigint {
  const curve = curveOf(config, state, vaultSharePrice);
  const mostShares = mostSharesIn(curve) ?? 0n;
  const mostBonds = bondsOutForSharesIn(curve, mostShares) ?? 0n;
  const isNothing = mostShares === 0n || mostBonds === 0n;
  const shares = isNothing ? 0n : mostShares;
  const bonds = isNothing ? 0n : mostBonds;
  const { curveFee, governanceFee } = openLongFees(config, {
    shares,
    spotPrice: spotPriceOf(config, state),
    vaultSharePrice,
  });
  minus(bonds, curveFee); // The contract computes the bonds after fees too, and reverts if there are none.
  const before = netLongs(state, checkpoint + config.positionDuration);
  const after = {
    shareReserves: state.shareReserves + minus(shares, governanceFee),
    longExposure: exposureAfter(state.longExposure, before, before + bonds),
  };
  return solvencyMargin(config, after, vaultSharePrice);
}
