import { reasonOf } from '../errors/index.ts';
import { isUnreachable } from './runtimeAlerts.ts';

/** A pool that fails for another reason for so many rounds has another cause. */
const roundsUntilOther = 3;
const longestCause = 80;

interface Known {
  /** Absent for a pool that failed for a reason of its own. */
  cause: string | undefined;
  /** Rounds in a row in which the reason was another. */
  others: number;
}

/**
 * What pools that fail together fail with: one cause is one page. No endpoint that answers is one; so is any error that
 * several pools have in the same round, such as a disk that takes nothing or a contract that all of them call. A pool
 * keeps its cause for as long as it fails, since errors that take turns would be as many alerts.
 */
export class SharedCauses {
  readonly #known = new Map<string, Known>();

  /** Takes note of a round. @param targets what was looked after in it @returns the cause of each that fails */
  see(targets: readonly { address: string; error?: unknown }[]): ReadonlyMap<string, string> {
    const failing = targets.flatMap(({ address, error }) =>
      error === undefined ? [] : { address, reason: shapeOf(error) },
    );
    for (const { address, error } of targets) if (error === undefined) this.#known.delete(address);
    const isShared = (reason: string) =>
      reason === endpoints ||
      failing.filter(each => each.reason === reason).length > 1 ||
      [...this.#known.values()].some(({ cause }) => cause === reason);
    const causes = new Map<string, string>();
    for (const { address, reason } of failing) {
      const before = this.#known.get(address);
      const cause = isShared(reason) ? reason : undefined;
      const isOther = before !== undefined && cause !== before.cause;
      const others = isOther ? before.others + 1 : 0;
      const now = before && others < roundsUntilOther ? { ...before, others } : { cause, others: 0 };
      this.#known.set(address, now);
      if (now.cause !== undefined) causes.set(address, now.cause);
    }
    return causes;
  }
}

const endpoints = 'RPC endpoints';

/** The reason without what differs from pool to pool and from round to round: addresses, numbers. */
function shapeOf(error: unknown): string {
  if (isUnreachable(error)) return endpoints;
  const words = reasonOf(error)
    .replace(/0x[0-9a-f]+|\d[\d.,_]*/gi, '…')
    .replace(/[\s\p{C}]+/gu, ' ');
  return `the same error: ${words.trim().slice(0, longestCause)}`;
}
