import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';

/** Longer than most catch-ups after a restart, in ms. */
const patienceMs = 5 * 60_000;

/** The progress of checking at the end of a round. */
export interface CheckProgress {
  head: Pick<Block, 'number' | 'timestamp'>;
  /** The oldest block that still waits to be checked; undefined when none does. */
  oldestWaiting: Pick<Block, 'number' | 'timestamp'> | undefined;
  /** The number of blocks that wait. */
  waiting: number;
}

/**
 * Reports when checking does not keep up with the chain: findings are then late, and no other alert shows it.
 */
export class CheckLag {
  #since: number | undefined;

  /** @param nowMs milliseconds since 1970 */
  observation({ head, oldestWaiting, waiting }: CheckProgress, nowMs: number): Observation {
    const about = { check: 'falling-behind' };
    this.#since = oldestWaiting && (this.#since ?? nowMs);
    if (!oldestWaiting || this.#since === undefined || nowMs - this.#since < patienceMs)
      return { ...about, failing: false };
    const lateSeconds = head.timestamp - oldestWaiting.timestamp;
    const minutes = Math.floor((nowMs - this.#since) / 60_000);
    return {
      ...about,
      failing: true,
      message: `blocks have been waiting to be checked for ${minutes} minutes, now ${waiting} of them: a theft would be reported ${lateSeconds} s late. First: look at the response times of the nodes in /status`,
      data: { waiting, from: oldestWaiting.number, head: head.number, lateSeconds },
    };
  }
}
