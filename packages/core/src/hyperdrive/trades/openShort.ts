import { larger, minus, mulUp, one } from '../fixedPoint.ts';
import { sharesOutForBondsIn, spotPrice } from '../yieldSpace.ts';
import { mintCheckpoint, withSpotPrice } from './checkpoints.ts';
import { distributeExcessIdle } from './excessIdle.ts';
import { bondFees } from './fees.ts';
import {
  checkpointAt,
  curveOf,
  effectiveReserves,
  latestCheckpoint,
  type Moment,
  netLongs,
  type PoolState,
  type TradeConfig,
  withCheckpoint,
} from './PoolState.ts';
import { shortProceedsUp } from './shortProceeds.ts';
import { exposureAfter, requireSolvent } from './solvency.ts';
import { TradeRefused } from './TradeRefused.ts';
import { averageWith } from './weightedAverage.ts';

/** The outcome of opening a short. */
export interface OpenedShort {
  /** Seconds since 1970. */
  maturity: number;
  /** Vault shares that the trader deposits, rounded up; `depositFor` gives the amount paid. */
  depositShares: bigint;
  /** Vault shares taken out of the reserves. */
  shareReservesDelta: bigint;
  /** Vault shares. */
  curveFee: bigint;
  /** Vault shares. */
  governanceFee: bigint;
  /** Before the trade, 18 decimals. */
  spotPrice: bigint;
}

/**
 * Returns the outcome of opening a short of `bonds`, and the state after it, equal to the contract's to the
 * wei.
 * @throws TradeRefused, ArithmeticError where the contract reverts
 */
export function openShort(
  config: TradeConfig,
  state: PoolState,
  { bonds, moment }: { bonds: bigint; moment: Moment },
): { short: OpenedShort; state: PoolState } {
  const { chainTime, vaultSharePrice } = moment;
  // 1. Mint the latest checkpoint: the position counts, and earns, from it.
  if (state.isPaused) throw new TradeRefused('PoolIsPaused');
  if (bonds < config.minimumTransactionAmount) throw new TradeRefused('MinimumTransactionAmount');
  const checkpoint = latestCheckpoint(config, chainTime);
  const maturity = checkpoint + config.positionDuration;
  const minted = mintCheckpoint(config, state, { time: checkpoint, moment });

  // 2. Trade on the curve.
  const openPrice = checkpointAt(minted, checkpoint).vaultSharePrice;
  const short = { maturity, ...quoteShort(config, minted, { bonds, vaultSharePrice, openPrice }) };
  const priced = withSpotPrice(minted, {
    time: checkpoint,
    updateTime: chainTime,
    spotPrice: short.spotPrice,
  });
  const before = netLongs(priced, maturity);
  const opened: PoolState = {
    ...priced,
    governanceFees: priced.governanceFees + short.governanceFee,
    shareReserves: priced.shareReserves - short.shareReservesDelta,
    bondReserves: priced.bondReserves + bonds,
    shortsOutstanding: priced.shortsOutstanding + bonds,
    shortAverageMaturityTime: averageWith({
      average: priced.shortAverageMaturityTime,
      weight: priced.shortsOutstanding,
      added: BigInt(maturity) * one,
      addedWeight: bonds,
    }),
    longExposure: exposureAfter(priced.longExposure, before, before - bonds),
  };
  if (opened.shareReserves < 0n || effectiveReserves(opened) < config.minimumShareReserves)
    throw new TradeRefused('InsufficientLiquidity');
  requireSolvent(config, opened, vaultSharePrice);

  // 3. Distribute idle shares, then hand out the short.
  const distributed = distributeExcessIdle(config, opened, moment);
  if (!distributed) throw new TradeRefused('DistributeExcessIdleFailed');
  const { shorts } = checkpointAt(distributed, maturity);
  return { short, state: withCheckpoint(distributed, maturity, { shorts: shorts + bonds }) };
}

/**
 * Returns the amounts of a short at the present reserves, without minting a checkpoint first.
 * @param openPrice the vault share price of the latest checkpoint; the trader pays the interest since then in
 * advance
 * @throws TradeRefused when the curve cannot take it or pays more than 1 base a bond
 */
export function quoteShort(
  config: TradeConfig,
  state: PoolState,
  { bonds, vaultSharePrice, openPrice }: { bonds: bigint; vaultSharePrice: bigint; openPrice: bigint },
): Omit<OpenedShort, 'maturity'> {
  const curve = curveOf(config, state, vaultSharePrice);
  const out = sharesOutForBondsIn(curve, bonds);
  if (out === undefined || mulUp(out, vaultSharePrice) > bonds)
    throw new TradeRefused('InsufficientLiquidity');
  const price = spotPrice({
    effectiveReserves: curve.effectiveShareReserves,
    bondReserves: curve.bondReserves,
    initialVaultSharePrice: config.initialVaultSharePrice,
    timeStretch: config.timeStretch,
  });
  const fees = bondFees(config, { bonds, timeLeft: one, spotPrice: price, vaultSharePrice });
  const { curveFee, governanceCurveFee: governanceFee } = fees;
  const shareReservesDelta = minus(out, curveFee - governanceFee);
  // A loss of the vault since the checkpoint does not make the deposit smaller.
  const close = larger(vaultSharePrice, openPrice);
  const prices = { open: openPrice, close, current: vaultSharePrice };
  const depositShares = shortProceedsUp(config, {
    bonds,
    cost: minus(shareReservesDelta, governanceFee),
    prices,
  });
  return { depositShares, shareReservesDelta, curveFee, governanceFee, spotPrice: price };
}
