import {
  divDown,
  divUp,
  mulDivDown,
  mulDivUp,
  mulDown,
  mulUp,
  one,
  type TradeConfig,
} from '@service-bots/core/hyperdrive';
import type { Thresholds } from './view.ts';

const secondsInYear = 31_536_000n;

/** The rates at which a trade begins, and the rates to which it moves the pool. */
export interface Targets {
  /** A long is opened when the fixed rate is above this. */
  high: bigint;
  /** A long moves the fixed rate down to this. */
  longTarget: bigint;
  /** A short is opened when the fixed rate is below this; undefined when no rate is low enough. */
  low: bigint | undefined;
  /** A short moves the fixed rate up to this. */
  shortTarget: bigint | undefined;
}

/** Returns the interest for a part of a year, rounded down. */
export function interestFor(rate: bigint, seconds: number): bigint {
  return (rate * BigInt(seconds)) / secondsInYear;
}

/**
 * Returns the rates at which trades begin to pay.
 *
 * With fee-aware thresholds, the last bond of a trade at such a rate neither gains nor loses against the
 * variable rate until it matures. With the bond's price p = 1 / (1 + r·t):
 *
 * - for a long, (1 + (1 − φc)·r·t)·(1 − φf) = 1 + v·t
 * - for a short, v·t = (1 − p + φc·(1 − p) + φf)·(1 + v·t)
 *
 * @param variableRate per year, 18 decimals; below 0 counts as 0, since no trade moves a fixed rate below 0
 */
export function targetsOf(
  { fees, positionDuration }: TradeConfig,
  variableRate: bigint,
  thresholds: Thresholds,
): Targets {
  const rate = variableRate > 0n ? variableRate : 0n;
  if (thresholds.kind === 'fixed') {
    const low = rate - thresholds.low;
    const hasLow = low > 0n;
    return {
      high: rate + thresholds.high,
      longTarget: rate,
      low: hasLow ? low : undefined,
      shortTarget: hasLow ? rate : undefined,
    };
  }
  const seconds = BigInt(positionDuration);
  const earned = interestFor(rate, positionDuration);
  // 1. The rate of a long is rounded up, so that its last bond does not lose.
  const growth = divUp(one + earned, one - fees.flat) - one;
  const high = mulDivUp(divUp(growth, one - fees.curve), secondsInYear, seconds);
  // 2. The rate of a short follows from the discount 1 − p at which it gains nothing, rounded down.
  const kept = divDown(earned, one + earned) - fees.flat;
  if (kept <= 0n) return { high, longTarget: high, low: undefined, shortTarget: undefined };
  const discount = divDown(kept, one + fees.curve);
  const low = mulDivDown(divDown(discount, one - discount), secondsInYear, seconds);
  return { high, longTarget: high, low, shortTarget: low };
}

/** Returns a part of an amount, rounded down; with `up`, rounded up. */
export function partOf(amount: bigint, fraction: bigint, up = false): bigint {
  return up ? mulUp(amount, fraction) : mulDown(amount, fraction);
}
