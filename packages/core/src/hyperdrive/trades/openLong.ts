import { divDown, divUp, minus, mulDown, mulUp, one, smaller } from '../fixedPoint.ts';
import { bondsOutForSharesIn, spotPrice } from '../yieldSpace.ts';
import { mintCheckpoint, withSpotPrice } from './checkpoints.ts';
import { distributeExcessIdle } from './excessIdle.ts';
import { openLongFees } from './fees.ts';
import {
  checkpointAt,
  curveOf,
  latestCheckpoint,
  type Moment,
  netLongs,
  type PoolState,
  type TradeConfig,
  withCheckpoint,
} from './PoolState.ts';
import { exposureAfter, requireSolvent } from './solvency.ts';
import { TradeRefused } from './TradeRefused.ts';
import { averageWith } from './weightedAverage.ts';

/** The outcome of opening a long. */
export interface OpenedLong {
  /** Seconds since 1970. */
  maturity: number;
  /** Bonds that the trader receives, and that leave the reserves. */
  bonds: bigint;
  /** Vault shares added to the reserves: the deposit without governance's fee. */
  shareReservesDelta: bigint;
  /** Bonds. */
  curveFee: bigint;
  /** Vault shares. */
  governanceFee: bigint;
  /** Before the trade, 18 decimals. */
  spotPrice: bigint;
}

/**
 * Returns the outcome of opening a long, and the state after it, equal to the contract's to the wei.
 * @param shares vault shares that the vault gave for the deposit
 * @throws TradeRefused, ArithmeticError where the contract reverts
 */
export function openLong(
  config: TradeConfig,
  state: PoolState,
  { shares, moment }: { shares: bigint; moment: Moment },
): { long: OpenedLong; state: PoolState } {
  const { chainTime, vaultSharePrice } = moment;
  // 1. Mint the latest checkpoint: the position counts from it.
  if (state.isPaused) throw new TradeRefused('PoolIsPaused');
  if (mulDown(shares, vaultSharePrice) < config.minimumTransactionAmount)
    throw new TradeRefused('MinimumTransactionAmount');
  const checkpoint = latestCheckpoint(config, chainTime);
  const maturity = checkpoint + config.positionDuration;
  const minted = mintCheckpoint(config, state, { time: checkpoint, moment });

  // 2. Trade on the curve.
  const long = { maturity, ...quoteLong(config, minted, { shares, vaultSharePrice }) };
  const priced = withSpotPrice(minted, {
    time: checkpoint,
    updateTime: chainTime,
    spotPrice: long.spotPrice,
  });
  const before = netLongs(priced, maturity);
  const opened: PoolState = {
    ...priced,
    governanceFees: priced.governanceFees + long.governanceFee,
    shareReserves: priced.shareReserves + long.shareReservesDelta,
    bondReserves: minus(priced.bondReserves, long.bonds),
    longsOutstanding: priced.longsOutstanding + long.bonds,
    longAverageMaturityTime: averageWith({
      average: priced.longAverageMaturityTime,
      weight: priced.longsOutstanding,
      added: BigInt(maturity) * one,
      addedWeight: long.bonds,
    }),
    longExposure: exposureAfter(priced.longExposure, before, before + long.bonds),
  };
  requireSolvent(config, opened, vaultSharePrice);

  // 3. Distribute idle shares, then hand out the bonds.
  const distributed = distributeExcessIdle(config, opened, moment);
  if (!distributed) throw new TradeRefused('DistributeExcessIdleFailed');
  const { longs } = checkpointAt(distributed, maturity);
  return { long, state: withCheckpoint(distributed, maturity, { longs: longs + long.bonds }) };
}

/**
 * Returns the numbers of a long on the curve as it is, without minting a checkpoint.
 * @throws TradeRefused when its rate after fees would be negative
 */
function quoteLong(
  config: TradeConfig,
  state: PoolState,
  { shares, vaultSharePrice }: { shares: bigint; vaultSharePrice: bigint },
): Omit<OpenedLong, 'maturity'> {
  const quote = longOnCurve(config, state, { shares, vaultSharePrice });
  if (quote.priceMargin < 0n) throw new TradeRefused('InsufficientLiquidity');
  return quote;
}

/** Returns the numbers of `quoteLong`; a rate below 0 shows as a negative `priceMargin`. */
export function longOnCurve(
  config: TradeConfig,
  state: PoolState,
  { shares, vaultSharePrice }: { shares: bigint; vaultSharePrice: bigint },
): Omit<OpenedLong, 'maturity'> & { priceMargin: bigint } {
  const curve = curveOf(config, state, vaultSharePrice);
  const { effectiveShareReserves: z, bondReserves: y } = curve;
  const priceAt = (shareReserves: bigint, bondReserves: bigint) =>
    spotPrice({
      effectiveReserves: shareReserves,
      bondReserves,
      initialVaultSharePrice: config.initialVaultSharePrice,
      timeStretch: config.timeStretch,
    });
  const out = bondsOutForSharesIn(curve, shares);
  if (out === undefined) throw new TradeRefused('InsufficientLiquidity');
  const price = priceAt(z, y);
  const { curveFee, governanceFee } = openLongFees(config, { shares, spotPrice: price, vaultSharePrice });
  const bonds = minus(out, curveFee);
  const shareReservesDelta = minus(shares, governanceFee);
  const priceMargin = smaller(
    longPriceLimit(config, price) - priceAt(z + shares, minus(y, out)),
    one - priceAt(z + shareReservesDelta, minus(y, bonds)),
  );
  return { bonds, shareReservesDelta, curveFee, governanceFee, spotPrice: price, priceMargin };
}

/**
 * Returns the highest price that a long may move the curve to, without fees: above it the trader would lose
 * by holding it.
 */
function longPriceLimit({ fees }: TradeConfig, price: bigint): bigint {
  const kept = minus(one, fees.flat);
  const curveFee = mulUp(mulUp(fees.curve, minus(divUp(one, price), one)), kept);
  return divDown(kept, one + curveFee);
}
