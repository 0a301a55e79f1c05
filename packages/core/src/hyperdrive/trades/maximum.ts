import { divUp, larger, smaller } from '../fixedPoint.ts';
import { mostBondsIn, mostSharesIn } from '../yieldSpace.ts';
import { mintCheckpoint } from './checkpoints.ts';
import { largestAccepted } from './largestAccepted.ts';
import { longOnCurve, openLong } from './openLong.ts';
import { openShort, quoteShort } from './openShort.ts';
import {
  checkpointAt,
  curveOf,
  effectiveReserves,
  latestCheckpoint,
  type Moment,
  netLongs,
  type PoolState,
  type TradeConfig,
} from './PoolState.ts';
import { exposureAfter, solvencyMargin } from './solvency.ts';
import { isRefusal } from './TradeRefused.ts';

/**
 * Returns the largest accepted deposit of a long, in vault shares. Beyond it the pool could not pay all
 * longs, or the rate after fees would be negative.
 * @param tolerance a deposit larger by this much is refused; more is faster
 * @returns 0 when even the smallest long is refused
 */
export function maximumLong(
  config: TradeConfig,
  state: PoolState,
  { moment, tolerance = 1n }: { moment: Moment; tolerance?: bigint | undefined },
): bigint {
  const { vaultSharePrice } = moment;
  return maximum(() => {
    const checkpoint = latestCheckpoint(config, moment.chainTime);
    const minted = mintCheckpoint(config, state, { time: checkpoint, moment });
    const before = netLongs(minted, checkpoint + config.positionDuration);
    const quote = (shares: bigint) => longOnCurve(config, minted, { shares, vaultSharePrice });
    const solvency = (shares: bigint) => {
      const { shareReservesDelta, bonds } = quote(shares);
      const after = {
        shareReserves: minted.shareReserves + shareReservesDelta,
        longExposure: exposureAfter(minted.longExposure, before, before + bonds),
      };
      return solvencyMargin(config, after, vaultSharePrice);
    };
    return {
      least: divUp(config.minimumTransactionAmount, vaultSharePrice),
      estimate: mostSharesIn(curveOf(config, minted, vaultSharePrice)) ?? 0n,
      tolerance,
      margins: [shares => quote(shares).priceMargin, solvency],
      trade: shares => openLong(config, minted, { shares, moment }),
    };
  });
}

/**
 * Returns the most bonds of an accepted short. Beyond them the pool could not pay all longs, or too few
 * shares would be left.
 * @param tolerance as for `maximumLong`, in bonds
 * @returns 0 when even the smallest short is refused
 */
export function maximumShort(
  config: TradeConfig,
  state: PoolState,
  { moment, tolerance = 1n }: { moment: Moment; tolerance?: bigint | undefined },
): bigint {
  const { vaultSharePrice } = moment;
  return maximum(() => {
    const checkpoint = latestCheckpoint(config, moment.chainTime);
    const minted = mintCheckpoint(config, state, { time: checkpoint, moment });
    const openPrice = checkpointAt(minted, checkpoint).vaultSharePrice;
    const before = netLongs(minted, checkpoint + config.positionDuration);
    const margin = (bonds: bigint) => {
      const { shareReservesDelta } = quoteShort(config, minted, { bonds, vaultSharePrice, openPrice });
      const shareReserves = minted.shareReserves - shareReservesDelta;
      const longExposure = exposureAfter(minted.longExposure, before, before - bonds);
      const { shareAdjustment } = minted;
      const effective = effectiveReserves({ shareReserves, shareAdjustment }) - config.minimumShareReserves;
      return smaller(effective, solvencyMargin(config, { shareReserves, longExposure }, vaultSharePrice));
    };
    const leastReserves = config.minimumShareReserves + larger(-minted.shareAdjustment, 0n);
    return {
      least: config.minimumTransactionAmount,
      estimate: mostBondsIn(curveOf(config, minted, vaultSharePrice), leastReserves) ?? minted.bondReserves,
      tolerance,
      margins: [margin],
      trade: bonds => openShort(config, minted, { bonds, moment }),
    };
  });
}

/** A trade whose largest amount is searched. */
interface Sized {
  least: bigint;
  estimate: bigint;
  tolerance: bigint;
  /** The contract's tests: each returns the distance from a refusal, and may throw a refusal. */
  margins: ((amount: bigint) => bigint)[];
  /** Runs the whole trade; throws a refusal. */
  trade: (amount: bigint) => object;
}

function maximum(prepare: () => Sized): bigint {
  const sized = attempt(prepare);
  if (sized === undefined) return 0n;
  const { least, estimate, tolerance, margins, trade } = sized;
  // 1. Search by one margin after the other: each alone is smooth.
  let most = estimate;
  let isFirst = true;
  for (const margin of margins) {
    const marginAt = (amount: bigint) => attempt(() => margin(amount));
    const left = isFirst ? undefined : marginAt(most);
    if (left === undefined || left < 0n) {
      const found = largestAccepted(marginAt, { least, estimate: most, tolerance });
      if (found === undefined) return 0n;
      most = found;
    }
    isFirst = false;
  }
  // 2. Check the trade as a whole: it may still fail, because the pool cannot distribute its idle shares.
  const accepts = (amount: bigint) => (attempt(() => trade(amount)) === undefined ? undefined : 0n);
  if (accepts(most) !== undefined) return most;
  return largestAccepted(accepts, { least, estimate: most, tolerance }) ?? 0n;
}

/** Returns the result; undefined where the contract would revert. */
function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
