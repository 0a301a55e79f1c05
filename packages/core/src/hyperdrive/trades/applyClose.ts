import { minus, one } from '../fixedPoint.ts';
import { effectiveReserves, type PoolState, type TradeConfig } from './PoolState.ts';
import { TradeRefused } from './TradeRefused.ts';
import { averageWithout } from './weightedAverage.ts';

/** The changes of the reserves by a close: taken out of them for longs, added to them for shorts. */
export interface ReserveDeltas {
  bonds: bigint;
  shares: bigint;
  /**
   * The change of ζ, which may be negative. Because of it, the part of the position that is not traded on the
   * curve leaves the curve unchanged.
   */
  adjustment: bigint;
}

/** Bonds of one maturity to close: all or a part of a position. */
export interface Position {
  side: 'long' | 'short';
  /** Seconds since 1970. */
  maturity: number;
  bonds: bigint;
}

/** A close by its parts: traded on the curve, paid at face value, fees. */
export interface CloseOnCurve {
  /** Vault shares due to the trader. */
  proceeds: bigint;
  /** The changes of the reserves: subtracted for a long, added for a short. */
  deltas: ReserveDeltas;
  /** Vault shares. */
  curveFee: bigint;
  /** Vault shares. */
  flatFee: bigint;
  /** Vault shares. */
  governanceFee: bigint;
  /** Before the trade, 18 decimals. */
  spotPrice: bigint;
}

/**
 * Returns the state after longs of one maturity were paid from the reserves: fewer shares, more bonds.
 * @param maturity seconds since 1970
 * @throws TradeRefused when too few shares would be left
 */
export function applyCloseLong(
  { minimumShareReserves }: TradeConfig,
  state: PoolState,
  { longs, maturity, deltas }: { longs: bigint; maturity: number; deltas: ReserveDeltas },
): PoolState {
  const shareReserves = state.shareReserves - deltas.shares;
  const shareAdjustment = state.shareAdjustment - deltas.adjustment;
  if (shareReserves < minimumShareReserves) throw new TradeRefused('InsufficientLiquidity');
  // A close that does not change z − ζ has to pass even where z − ζ is below the minimum: the contract skips
  // the test.
  const lowersEffective = deltas.shares > deltas.adjustment;
  if (lowersEffective && effectiveReserves({ shareReserves, shareAdjustment }) < minimumShareReserves)
    throw new TradeRefused('InsufficientLiquidity');
  return {
    ...state,
    shareReserves,
    shareAdjustment,
    bondReserves: state.bondReserves + deltas.bonds,
    longAverageMaturityTime: averageWithout({
      average: state.longAverageMaturityTime,
      weight: state.longsOutstanding,
      taken: BigInt(maturity) * one,
      takenWeight: longs,
    }),
    longsOutstanding: minus(state.longsOutstanding, longs),
  };
}

/**
 * Returns the state after shorts of one maturity have paid the reserves: more shares, fewer bonds.
 * @param maturity seconds since 1970
 */
export function applyCloseShort(
  state: PoolState,
  { shorts, maturity, deltas }: { shorts: bigint; maturity: number; deltas: ReserveDeltas },
): PoolState {
  return {
    ...state,
    shareReserves: state.shareReserves + deltas.shares,
    shareAdjustment: state.shareAdjustment + deltas.adjustment,
    bondReserves: minus(state.bondReserves, deltas.bonds),
    shortAverageMaturityTime: averageWithout({
      average: state.shortAverageMaturityTime,
      weight: state.shortsOutstanding,
      taken: BigInt(maturity) * one,
      takenWeight: shorts,
    }),
    shortsOutstanding: minus(state.shortsOutstanding, shorts),
  };
}
