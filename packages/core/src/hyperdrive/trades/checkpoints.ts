import { divDown, minus, mulDivDown, mulDown, one } from '../fixedPoint.ts';
import { applyCloseLong, applyCloseShort } from './applyClose.ts';
import { distributeExcessIdle } from './excessIdle.ts';
import {
  checkpointAt,
  latestCheckpoint,
  type Moment,
  type PoolState,
  spotPriceOf,
  type TradeConfig,
  withCheckpoint,
} from './PoolState.ts';
import { shortProceedsDown } from './shortProceeds.ts';
import { exposureAfter } from './solvency.ts';
import { averageWith } from './weightedAverage.ts';
import { collectZombieInterest } from './zombies.ts';

/**
 * Returns the state after the checkpoint of `time` was minted, which is the first step of every trade. The
 * positions that mature then are closed and their proceeds set aside. A checkpoint that is minted already, or
 * in the future, changes nothing.
 * @param time seconds since 1970
 * @throws CheckpointNotRead, TradeRefused, ArithmeticError
 */
export function mintCheckpoint(
  config: TradeConfig,
  state: PoolState,
  { time, moment }: { time: number; moment: Moment },
): PoolState {
  const { chainTime, vaultSharePrice } = moment;
  if (checkpointAt(state, time).vaultSharePrice !== 0n || time > chainTime) return state;

  // 1. Record its prices: those of the first later checkpoint that is minted, else the current ones.
  const { vaultSharePrice: price, weightedSpotPrice } = pricesFor(config, state, { time, moment });
  const end = time + config.checkpointDuration;
  let after = withCheckpoint(state, time, { vaultSharePrice: price });
  after = withSpotPrice(after, {
    time: time - config.checkpointDuration,
    updateTime: time,
    spotPrice: weightedSpotPrice,
  });
  after = withSpotPrice(after, { time, updateTime: Math.min(chainTime, end), spotPrice: weightedSpotPrice });

  // 2. Close the positions that mature at it. Shorts come first: their payment pays the longs.
  after = collectZombieInterest(config, after, vaultSharePrice);
  const { longs, shorts } = checkpointAt(after, time);
  if (longs === 0n && shorts === 0n) return after;
  const openPrice = checkpointAt(after, time - config.positionDuration).vaultSharePrice;
  const prices: MaturityPrices = { open: openPrice, close: price, current: vaultSharePrice };
  if (shorts > 0n) after = closeMaturedShorts(config, after, { time, shorts, prices });
  if (longs > 0n) after = closeMaturedLongs(config, after, { time, longs, prices });
  after = { ...after, longExposure: exposureAfter(after.longExposure, longs - shorts, 0n) };

  // 3. Give newly idle shares to the holders of withdrawal shares, where that can be computed.
  return distributeExcessIdle(config, after, moment) ?? after;
}

/** Returns the state with a spot price counted into a checkpoint's weighted average, from its last update until now. */
export function withSpotPrice(
  state: PoolState,
  { time, updateTime, spotPrice }: { time: number; updateTime: number; spotPrice: bigint },
): PoolState {
  const { weightedSpotPrice, lastWeightedSpotPriceUpdateTime: last } = checkpointAt(state, time);
  if (updateTime === last) return state;
  const seconds = (from: number, to: number) => minus(BigInt(to) * one, BigInt(from) * one);
  const average =
    weightedSpotPrice === 0n
      ? spotPrice
      : averageWith({
          average: weightedSpotPrice,
          weight: seconds(time, last),
          added: spotPrice,
          addedWeight: seconds(last, updateTime),
        });
  return withCheckpoint(state, time, {
    weightedSpotPrice: average,
    lastWeightedSpotPriceUpdateTime: updateTime,
  });
}

function pricesFor(
  config: TradeConfig,
  state: PoolState,
  { time, moment: { chainTime, vaultSharePrice } }: { time: number; moment: Moment },
): { vaultSharePrice: bigint; weightedSpotPrice: bigint } {
  const latest = latestCheckpoint(config, chainTime);
  for (let next = time + config.checkpointDuration; next < latest; next += config.checkpointDuration) {
    const later = checkpointAt(state, next);
    if (later.vaultSharePrice !== 0n) return later;
  }
  return { vaultSharePrice, weightedSpotPrice: spotPriceOf(config, state) };
}

/** Vault share prices that count at a maturity. */
interface MaturityPrices {
  open: bigint;
  close: bigint;
  current: bigint;
}

function closeMaturedShorts(
  config: TradeConfig,
  state: PoolState,
  { time, shorts, prices }: { time: number; shorts: bigint; prices: MaturityPrices },
): PoolState {
  const { payment, flatFee, governanceFee, haircut } = maturedPayment(config, shorts, prices);
  const shares = haircut(payment + flatFee - governanceFee);
  const closed = applyCloseShort(state, {
    shorts,
    maturity: time,
    deltas: { bonds: 0n, shares, adjustment: shares },
  });
  const paid = shares + haircut(governanceFee);
  return setAside(closed, {
    shares: shortProceedsDown(config, { bonds: shorts, cost: paid, prices }),
    governanceFee: haircut(governanceFee),
    prices,
  });
}

function closeMaturedLongs(
  config: TradeConfig,
  state: PoolState,
  { time, longs, prices }: { time: number; longs: bigint; prices: MaturityPrices },
): PoolState {
  const { payment, flatFee, governanceFee, haircut } = maturedPayment(config, longs, prices);
  const shares = haircut(minus(payment, flatFee - governanceFee));
  const closed = applyCloseLong(config, state, {
    longs,
    maturity: time,
    deltas: { bonds: 0n, shares, adjustment: shares },
  });
  return setAside(closed, {
    shares: minus(shares, haircut(governanceFee)),
    governanceFee: haircut(governanceFee),
    prices,
  });
}

/**
 * Returns the face value of matured bonds and its fees in shares, rounded down, and the part of them that
 * remains after a loss of the vault.
 */
function maturedPayment({ fees }: TradeConfig, bonds: bigint, { open, close, current }: MaturityPrices) {
  const payment = divDown(bonds, current);
  const flatFee = mulDown(payment, fees.flat);
  const governanceFee = mulDown(flatFee, fees.governanceLP);
  const haircut = (shares: bigint) => (close < open ? mulDivDown(shares, close, open) : shares);
  return { payment, flatFee, governanceFee, haircut };
}

function setAside(
  state: PoolState,
  {
    shares,
    governanceFee,
    prices: { current },
  }: { shares: bigint; governanceFee: bigint; prices: MaturityPrices },
): PoolState {
  return {
    ...state,
    governanceFees: state.governanceFees + governanceFee,
    zombieBaseProceeds: state.zombieBaseProceeds + mulDown(shares, current),
    zombieShareReserves: state.zombieShareReserves + shares,
  };
}
