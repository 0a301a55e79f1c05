import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';

/** Longer than catching up takes after a restart, for most. */
const patienceMs = 5 * 60_000;

/** Where checking stands at the end of a round. */
export interface Standing {
  head: Pick<Block, 'number' | 'timestamp'>;
  /** The oldest block that still waits to be checked; undefined when none does. */
  oldestWaiting: Pick<Block, 'number' | 'timestamp'> | undefined;
  /** How many do. */
  waiting: number;
}

/** Tells when checking does not keep up with the chain: what fails then is told late, and nothing else says so. */
export class Lag {
  #since: number | undefined;

  /** @param nowMs milliseconds since 1970 */
  observation({ head, oldestWaiting, waiting }: Standing, nowMs: number): Observation {
    const about = { check: 'falling-behind' };
    this.#since = oldestWaiting && (this.#since ?? nowMs);
    if (!oldestWaiting || this.#since === undefined || nowMs - this.#since < patienceMs)
      return { ...about, failing: false };
    const lateSeconds = head.timestamp - oldestWaiting.timestamp;
    const minutes = Math.floor((nowMs - this.#since) / 60_000);
    return {
      ...about,
      failing: true,
      message: `for ${minutes} minutes blocks have been waiting to be checked, now ${waiting}: what fails is told ${lateSeconds} s late`,
      data: { waiting, from: oldestWaiting.number, head: head.number, lateSeconds },
    };
  }
}
