import type { DeliveryFailed } from './Channel.ts';
import type { QueuedNotice } from './readLedger.ts';

/**
 * The limit while the service or the connection may recover by itself, and until every waiting notice has
 * been tried.
 */
export const longestPauseMs = 60_000;
/** The limit while a person has to correct a token, a URL or a proxy. */
const longestLastingPauseMs = 3_600_000;
/** The limit in the same case while a critical notice waits that is at most a day old. */
const longestCriticalPauseMs = 600_000;
const criticalForMs = 86_400_000;
/**
 * A notice that was refused this often while other notices were delivered is given up: a firewall may block
 * its text, for example. A rate limit or an outage is no sign against the notice and is not counted.
 */
const refusalsAlone = 12;
const othersDelivered = 3;

interface Failed {
  attempts: number;
  /** The refusals among them that neither an outage nor a rate limit explains. */
  refusals: number;
  /** When the delivery first failed, in ms of the monotonic clock. */
  fromMs: number;
  /**
   * How many notices the channel had delivered by then, and how many refusals of delivered notices there had
   * been.
   */
  deliveredBefore: number;
  overcomeBefore: number;
}

/** The notices of one channel that have failed and wait for a retry. Pure: times are arguments. */
export class FailedNotices {
  readonly #failed = new Map<QueuedNotice, Failed>();
  /** How many refusals there were of notices that were delivered in the end. */
  #overcome = 0;

  /**
   * Records one more failure.
   * @param progress the time by the monotonic clock, and how many notices the channel has delivered so far
   * @returns how often this notice has failed, and whether the notice itself is the cause
   */
  add(
    one: QueuedNotice,
    error: DeliveryFailed,
    { nowMs, delivered }: { nowMs: number; delivered: number },
  ): { attempts: number; isHopeless: boolean } {
    const failed = this.#failed.get(one) ?? {
      attempts: 0,
      refusals: 0,
      fromMs: nowMs,
      deliveredBefore: delivered,
      overcomeBefore: this.#overcome,
    };
    failed.attempts += 1;
    if (!error.isPassing) failed.refusals += 1;
    this.#failed.set(one, failed);
    // A critical notice is retried for a day in any case.
    const isOldEnough = one.severity !== 'critical' || nowMs - failed.fromMs >= criticalForMs;
    const others = delivered - failed.deliveredBefore;
    // A firewall that passes one notice in ten is no sign against the notices that it blocked.
    const isWall = this.#overcome - failed.overcomeBefore > others;
    const isHopeless =
      failed.refusals >= refusalsAlone && others >= othersDelivered && !isWall && isOldEnough;
    return { attempts: failed.attempts, isHopeless };
  }

  has(one: QueuedNotice): boolean {
    return this.#failed.has(one);
  }

  /** Forgets a notice. @param isDelivered whether the channel has delivered it; otherwise it was given up */
  delete(one: QueuedNotice, isDelivered: boolean): void {
    if (isDelivered) this.#overcome += this.#failed.get(one)?.refusals ?? 0;
    this.#failed.delete(one);
  }

  /**
   * Returns the notices since whose first failure the channel has delivered nothing.
   * @param delivered the number of notices that the channel has delivered so far
   */
  *withoutOthersSince(delivered: number): Generator<QueuedNotice> {
    for (const [one, { deliveredBefore }] of this.#failed) if (deliveredBefore === delivered) yield one;
  }

  /**
   * Returns the limit of the pause before the next attempt, in ms.
   * @param waiting how many notices wait in all
   */
  longestPauseMs({ isPassing }: DeliveryFailed, waiting: number, nowMs: number): number {
    if (isPassing || this.#failed.size < waiting) return longestPauseMs;
    const isUrgent = [...this.#failed].some(
      ([{ severity }, { fromMs }]) => severity === 'critical' && nowMs - fromMs < criticalForMs,
    );
    return isUrgent ? longestCriticalPauseMs : longestLastingPauseMs;
  }
}
