/** The bounds of a root search, and its tolerance. */
export interface Search {
  /** The first guess, above 0. */
  guess: bigint;
  /** The largest allowed amount, at least 1. */
  most: bigint;
  /** The gap at an amount of 0; it is above 0. */
  gapAtZero: bigint;
  /** The largest gap that counts as closed. */
  tolerance: bigint;
}

/** An amount, and the number of evaluations that found it. */
export interface Solution {
  amount: bigint;
  evaluations: number;
}

/** The most evaluations of a search. */
export const maxEvaluations = 12;

interface Point {
  amount: bigint;
  gap: bigint;
}

/**
 * Returns the amount that closes a gap, or the largest allowed amount where the gap stays open. The method is
 * the secant of the last two points. It is kept between the largest amount known to be too small and the
 * smallest known to be too large.
 *
 * When twelve evaluations do not reach the tolerance, the result is the largest amount known to be too small.
 * Such a trade may move a rate too little, but never past its target by more than the tolerance.
 * @param gapAt falls as the amount grows. A result below 0 means that the amount is too large, and undefined
 * means that the pool refuses the amount
 */
export function closeGap(gapAt: (amount: bigint) => bigint | undefined, search: Search): Solution {
  const { most, tolerance, gapAtZero } = search;
  let evaluations = 0;
  let short: Point = { amount: 0n, gap: gapAtZero };
  /** The smallest amount known to be too large or refused. */
  let beyond: bigint | undefined;
  let last: Point = short;
  let amount = search.guess < 1n ? 1n : search.guess;
  if (amount >= most) amount = most;
  while (evaluations < maxEvaluations) {
    evaluations += 1;
    const gap = gapAt(amount);
    if (gap !== undefined && (gap < 0n ? -gap : gap) <= tolerance) return { amount, evaluations };
    const previous = last;
    if (gap === undefined || gap < 0n) beyond = amount;
    else if (amount === most) return { amount, evaluations };
    else short = { amount, gap };
    if (gap !== undefined) last = { amount, gap };
    const upper = beyond ?? most + 1n;
    if (upper - short.amount <= 1n) break;
    amount = within(gap === undefined ? undefined : secant(previous, last), short.amount, upper);
  }
  return { amount: short.amount, evaluations };
}

function secant(a: Point, b: Point): bigint | undefined {
  const fall = a.gap - b.gap;
  if (fall === 0n || a.amount === b.amount) return undefined;
  return b.amount + (b.gap * (b.amount - a.amount)) / fall;
}

/** Returns the proposal where it lies strictly between both ends, otherwise the middle. */
function within(proposal: bigint | undefined, lower: bigint, upper: bigint): bigint {
  if (proposal !== undefined && proposal > lower && proposal < upper) return proposal;
  return lower + (upper - lower) / 2n;
}
