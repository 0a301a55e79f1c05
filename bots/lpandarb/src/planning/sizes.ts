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

/** The pool in which a trade size is searched. */
export interface Market {
  config: TradeConfig;
  /** The state with the latest checkpoint minted, since every trade begins with that. */
  state: PoolState;
  moment: Moment;
  /** The current fixed rate, per year, 18 decimals. */
  rate: bigint;
}

/**
 * Returns the pool as a trade at this moment finds it.
 * @throws TradeRefused, ArithmeticError, CheckpointNotRead
 */
export function marketOf(config: TradeConfig, state: PoolState, moment: Moment): Market {
  const minted = mintCheckpoint(config, state, { time: latestCheckpoint(config, moment.chainTime), moment });
  return { config, state: minted, moment, rate: spotRateOf(config, minted) };
}

/**
 * Returns the vault shares, at most `most`, whose long moves the fixed rate down to the target. Idle shares
 * are distributed at an unchanged price, so the curve alone decides. The pool may refuse a long of that size.
 */
export function sharesToRate(
  { config, state, moment, rate }: Market,
  target: bigint,
  most: bigint,
): Solution {
  const gapAt = (shares: bigint) =>
    unlessRefused(() => {
      const { shareReservesDelta, bonds } = longOnCurve(config, state, {
        shares,
        vaultSharePrice: moment.vaultSharePrice,
      });
      const { shareReserves, bondReserves, shareAdjustment } = state;
      const after = {
        shareReserves: shareReserves + shareReservesDelta,
        bondReserves: bondReserves - bonds,
        shareAdjustment,
      };
      return spotRateOf(config, after) - target;
    });
  const { shares } = curveAt(config, state, { vaultSharePrice: moment.vaultSharePrice, rate: target });
  const guess = shares - Number(state.shareReserves - state.shareAdjustment);
  return closeGap(gapAt, { guess: whole(guess), most, gapAtZero: rate - target, tolerance: rateTolerance });
}

/** Returns the bonds, at most `most`, whose short moves the fixed rate up to the target. */
export function bondsToRate({ config, state, moment, rate }: Market, target: bigint, most: bigint): Solution {
  const openPrice = state.checkpoints.get(latestCheckpoint(config, moment.chainTime))?.vaultSharePrice;
  const gapAt = (bonds: bigint) =>
    unlessRefused(() => {
      const { shareReservesDelta } = quoteShort(config, state, {
        bonds,
        vaultSharePrice: moment.vaultSharePrice,
        openPrice: openPrice ?? moment.vaultSharePrice,
      });
      const after = { ...state, shareReserves: state.shareReserves - shareReservesDelta };
      return target - spotRateOf(config, { ...after, bondReserves: state.bondReserves + bonds });
    });
  const { bonds } = curveAt(config, state, { vaultSharePrice: moment.vaultSharePrice, rate: target });
  const guess = whole(bonds - Number(state.bondReserves));
  return closeGap(gapAt, { guess, most, gapAtZero: target - rate, tolerance: rateTolerance });
}

/** Returns the bonds of a position, at most `most`, whose close moves the fixed rate to the target. */
export function closeToRate(
  { config, state, moment, rate }: Market,
  { position, target, most }: { position: Position; target: bigint; most: bigint },
): Solution {
  const isDown = position.side === 'short';
  const gapOf = (reached: bigint) => (isDown ? reached - target : target - reached);
  const gapAt = (bonds: bigint) =>
    unlessRefused(() =>
      gapOf(
        spotRateOf(config, closePosition(config, state, { position: { ...position, bonds }, moment }).state),
      ),
    );
  // A close trades only part of its bonds on the curve: the fraction of the position's life that is left. The
  // bonds of an opposite trade are therefore divided by that fraction.
  const { bonds } = curveAt(config, state, { vaultSharePrice: moment.vaultSharePrice, rate: target });
  const left = (position.maturity - latestCheckpoint(config, moment.chainTime)) / config.positionDuration;
  const distance = Math.abs(bonds - Number(state.bondReserves)) / Math.max(left, 1e-6);
  return closeGap(gapAt, { guess: whole(distance), most, gapAtZero: gapOf(rate), tolerance: rateTolerance });
}

/**
 * Returns the point of the curve that has a rate, without fees, in floating point. It is exact to about 1e-12
 * and serves as the first guess.
 *
 * k = (c/µ)·(µ·z)^(1−s) + y^(1−s) with y = µ·z·p^(−1/s).
 */
function curveAt(
  { timeStretch, initialVaultSharePrice, positionDuration }: TradeConfig,
  { shareReserves, shareAdjustment, bondReserves }: PoolState,
  { vaultSharePrice, rate }: { vaultSharePrice: bigint; rate: bigint },
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

/** Returns the result; undefined where the contract would revert. */
export function unlessRefused<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
