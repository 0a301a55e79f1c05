import {
  closePosition,
  isRefusal,
  latestCheckpoint,
  longOnCurve,
  type Moment,
  mintCheckpoint,
  type PoolState,
  type Position,
  quoteShort,
  spotRateOf,
  type TradeConfig,
} from '@service-bots/core/hyperdrive';
import { closeGap, type Solution } from './solve.ts';

/** 0.0001 % a year. */
const rateTolerance = 10n ** 12n;

/** The pool that a size is looked for in. */
export interface Market {
  config: TradeConfig;
  /** With the latest checkpoint minted, as every trade begins by doing. */
  state: PoolState;
  moment: Moment;
  /** The fixed rate now. */
  rate: bigint;
}

/** Returns the pool as a trade at this moment finds it. @throws TradeRefused, ArithmeticError, CheckpointNotRead */
export function marketOf(config: TradeConfig, state: PoolState, moment: Moment): Market {
  const minted = mintCheckpoint(config, state, latestCheckpoint(config, moment.chainTime), moment);
  return { config, state: minted, moment, rate: spotRateOf(config, minted) };
}

/**
 * Returns the vault shares whose long moves the fixed rate down to the target, at most `most`.
 * Idle shares are distributed at an unchanged price, so the curve alone decides. The pool may refuse so large a long.
 */
export function sharesToRate(
  { config, state, moment, rate }: Market,
  target: bigint,
  most: bigint,
): Solution {
  const gapAt = (shares: bigint) =>
    unlessRefused(() => {
      const { shareReservesDelta, bonds } = longOnCurve(config, state, shares, moment.vaultSharePrice);
      const { shareReserves, bondReserves, shareAdjustment } = state;
      const after = {
        shareReserves: shareReserves + shareReservesDelta,
        bondReserves: bondReserves - bonds,
        shareAdjustment,
      };
      return spotRateOf(config, after) - target;
    });
  const { shares } = curveAt(config, state, moment.vaultSharePrice, target);
  const guess = shares - Number(state.shareReserves - state.shareAdjustment);
  return closeGap(gapAt, { guess: whole(guess), most, gapAtZero: rate - target, tolerance: rateTolerance });
}

/** Returns the bonds whose short moves the fixed rate up to the target, at most `most`. */
export function bondsToRate({ config, state, moment, rate }: Market, target: bigint, most: bigint): Solution {
  const openPrice = state.checkpoints.get(latestCheckpoint(config, moment.chainTime))?.vaultSharePrice;
  const gapAt = (bonds: bigint) =>
    unlessRefused(() => {
      const { shareReservesDelta } = quoteShort(
        config,
        state,
        bonds,
        moment.vaultSharePrice,
        openPrice ?? moment.vaultSharePrice,
      );
      const after = { ...state, shareReserves: state.shareReserves - shareReservesDelta };
      return target - spotRateOf(config, { ...after, bondReserves: state.bondReserves + bonds });
    });
  const { bonds } = curveAt(config, state, moment.vaultSharePrice, target);
  const guess = whole(bonds - Number(state.bondReserves));
  return closeGap(gapAt, { guess, most, gapAtZero: target - rate, tolerance: rateTolerance });
}

/** Returns the bonds of a position whose close moves the fixed rate to the target, at most all of them. */
export function closeToRate(
  { config, state, moment, rate }: Market,
  position: Position,
  target: bigint,
  most: bigint,
): Solution {
  const isDown = position.side === 'short';
  const gapOf = (reached: bigint) => (isDown ? reached - target : target - reached);
  const gapAt = (bonds: bigint) =>
    unlessRefused(() =>
      gapOf(spotRateOf(config, closePosition(config, state, { ...position, bonds }, moment).state)),
    );
  // The bonds left to trade on the curve are those of a trade of the other side, by the part of their life that is left.
  const { bonds } = curveAt(config, state, moment.vaultSharePrice, target);
  const left = (position.maturity - latestCheckpoint(config, moment.chainTime)) / config.positionDuration;
  const distance = Math.abs(bonds - Number(state.bondReserves)) / Math.max(left, 1e-6);
  return closeGap(gapAt, { guess: whole(distance), most, gapAtZero: gapOf(rate), tolerance: rateTolerance });
}

/**
 * Where the curve has a rate, fees not counted, in floating point: good to about 1e-12, a guess to begin with.
 * k = (c/µ)·(µ·z)^(1−s) + y^(1−s) with y = µ·z·p^(−1/s).
 */
function curveAt(
  { timeStretch, initialVaultSharePrice, positionDuration }: TradeConfig,
  { shareReserves, shareAdjustment, bondReserves }: PoolState,
  vaultSharePrice: bigint,
  rate: bigint,
): { shares: number; bonds: number } {
  const [s, mu, c] = [timeStretch, initialVaultSharePrice, vaultSharePrice].map(x => Number(x) / 1e18) as [
    number,
    number,
    number,
  ];
  const z = Number(shareReserves - shareAdjustment);
  const y = Number(bondReserves);
  const price = 1 / (1 + (Number(rate) / 1e18) * (positionDuration / 31_536_000));
  const ratio = price ** (-1 / s);
  const k = (c / mu) * (mu * z) ** (1 - s) + y ** (1 - s);
  const muZ = (k / (c / mu + ratio ** (1 - s))) ** (1 / (1 - s));
  return { shares: muZ / mu, bonds: muZ * ratio };
}

function whole(amount: number): bigint {
  return Number.isFinite(amount) && amount >= 1 ? BigInt(Math.floor(amount)) : 1n;
}

/** The result, or undefined where the contract would revert. */
export function unlessRefused<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
