import { reasonOf } from '../../errors/index.ts';
import { isUnreachable } from './observations.ts';

/** After this many rounds in a row with another reason, a pool's cause is replaced. */
const roundsUntilOther = 3;
const longestCause = 80;

interface Known {
  /** Absent for a pool that fails for a reason of its own. */
  cause: string | undefined;
  /** The number of rounds in a row in which the reason was another one. */
  others: number;
}

/**
 * Groups the pools that fail for the same cause, so that one cause raises one page. Missing endpoints are
 * such a cause. So is any error that several pools have in the same round, such as a disk that cannot be
 * written or a contract that all of them call. A pool keeps its cause for as long as it fails, since
 * alternating errors would raise as many alerts.
 */
export class SharedCauses {
  readonly #known = new Map<string, Known>();

  /**
   * Records a round.
   * @param targets the targets that the round looked after
   * @returns the shared cause of each failing target, by address
   */
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

/** Returns the reason without the parts that differ between pools and rounds: addresses and numbers. */
function shapeOf(error: unknown): string {
  if (isUnreachable(error)) return endpoints;
  const words = reasonOf(error)
    .replace(/0x[0-9a-f]+|\d[\d.,_]*/gi, '…')
    .replace(/[\s\p{C}]+/gu, ' ');
  return `the same error: ${words.trim().slice(0, longestCause)}`;
}
