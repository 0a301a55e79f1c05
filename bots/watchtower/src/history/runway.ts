const dayMs = 86_400_000;
/** The shortest history from which a rate is computed. */
const leastPastMs = dayMs / 4;
/** The result for a wallet that spent nothing, or almost nothing. */
const mostDays = 9_999;

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/**
 * The history of a wallet, the oldest first: balance in whole units, number of sent transactions, price of a
 * unit of gas.
 */
export interface Course {
  readonly balance: readonly Point[];
  readonly nonce: readonly Point[];
  readonly fee: readonly Point[];
}

export interface Runway {
  /** Days until the wallet is empty, at its past rate and today's fee. */
  readonly days: number | undefined;
  /** The cost of one action at today's fee, in whole units. */
  readonly actionCost: number | undefined;
}

/**
 * Returns how long a wallet lasts, by its past spending: the cost of an action at today's fee, and the
 * actions per day. Only falls of the balance count, so a deposit is no negative spending.
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
  // This also holds for a wallet that was never filled.
  if (last.value === 0) return { days: 0, actionCost };
  const perDay = (spent / ((last.atMs - first.atMs) / dayMs)) * dearer;
  return { days: Math.min(last.value / perDay, mostDays), actionCost };
}

function fallsOf(points: readonly Point[]): number {
  return points.reduce((sum, { value }, i) => sum + Math.max((points[i - 1]?.value ?? value) - value, 0), 0);
}

/** Returns today's gas price as a multiple of its average over the history. */
function feeFactor(fee: readonly Point[]): number {
  const last = fee.at(-1);
  const mean = fee.reduce((sum, { value }) => sum + value, 0) / Math.max(fee.length, 1);
  return last && mean > 0 ? last.value / mean : 1;
}
