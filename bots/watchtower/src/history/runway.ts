const dayMs = 86_400_000;
/** Less of a past says too little about a rate. */
const leastPastMs = dayMs / 4;
/** Nothing was spent, or almost nothing. */
const mostDays = 9_999;

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** The course of a wallet, the oldest first: balance in whole units, transactions sent ever, fee of a unit of gas. */
export interface Course {
  readonly balance: readonly Point[];
  readonly nonce: readonly Point[];
  readonly fee: readonly Point[];
}

export interface Runway {
  /** Days until it is empty, at the rate of its past and today's fee. */
  readonly days: number | undefined;
  /** What one action costs at today's fee, in whole units. */
  readonly actionCost: number | undefined;
}

/**
 * Returns for how long a wallet lasts, by what it has spent: the cost of an action in the past, at today's fee, and how many
 * actions there were in a day. A deposit is no negative spending: only falls count.
 */
export function runwayOf({ balance, nonce, fee }: Course): Runway {
  const [first, last] = [balance[0], balance.at(-1)];
  if (!first || !last) return { days: undefined, actionCost: undefined };
  const spent = fallsOf(balance);
  const actions = (nonce.at(-1)?.value ?? 0) - (nonce[0]?.value ?? 0);
  const dearer = feeFactor(fee);
  // Falls before the first known nonce belong to actions that are not counted.
  const counted = fallsOf(balance.filter(({ atMs }) => atMs >= (nonce[0]?.atMs ?? Infinity)));
  const actionCost = actions > 0 && counted > 0 ? (counted / actions) * dearer : undefined;
  if (last.atMs - first.atMs < leastPastMs) return { days: undefined, actionCost };
  // Also one that was never filled.
  if (last.value === 0) return { days: 0, actionCost };
  const perDay = (spent / ((last.atMs - first.atMs) / dayMs)) * dearer;
  return { days: Math.min(last.value / perDay, mostDays), actionCost };
}

function fallsOf(points: readonly Point[]): number {
  return points.reduce((sum, { value }, i) => sum + Math.max((points[i - 1]?.value ?? value) - value, 0), 0);
}

/** By how much gas costs more today than on average over the time that is looked at. */
function feeFactor(fee: readonly Point[]): number {
  const last = fee.at(-1);
  const mean = fee.reduce((sum, { value }) => sum + value, 0) / Math.max(fee.length, 1);
  return last && mean > 0 ? last.value / mean : 1;
}
