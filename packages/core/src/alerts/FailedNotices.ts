import type { DeliveryFailed } from './deliveryFailed.ts';
import type { Waiting } from './readLedger.ts';

/** While the service or the way to it may mend by itself, and until every notice that waits has been tried. */
export const longestPauseMs = 60_000;
/** While a person has to mend a token, a URL or a proxy. */
const longestLastingPauseMs = 3_600_000;
/** The same, while a critical notice waits that is not older than a day. */
const longestCriticalPauseMs = 600_000;
const criticalForMs = 86_400_000;
/**
 * A notice that was refused so often while others were taken is one that the service will not take: a firewall that
 * dislikes its text, say. A limit or an outage says nothing about the notice and is not counted.
 */
const refusalsAlone = 12;
const othersTaken = 3;

interface Failed {
  attempts: number;
  /** Of these, the answers that no outage and no limit explains. */
  refusals: number;
  /** When it first failed, on the monotonic clock. */
  fromMs: number;
  /** How many others the channel had taken by then, and how often it had refused those before. */
  takenBefore: number;
  overcomeBefore: number;
}

/** The notices of one channel that have failed and wait to be tried again. Pure: times are arguments. */
export class FailedNotices {
  readonly #failed = new Map<Waiting, Failed>();
  /** How often notices were refused that were taken in the end. */
  #overcome = 0;

  /**
   * Takes note of one more failure.
   * @param taken how many notices the channel has taken so far
   * @returns how often this one has failed, and whether that is the notice's own fault
   */
  add(
    one: Waiting,
    error: DeliveryFailed,
    nowMs: number,
    taken: number,
  ): { attempts: number; isHopeless: boolean } {
    const failed = this.#failed.get(one) ?? {
      attempts: 0,
      refusals: 0,
      fromMs: nowMs,
      takenBefore: taken,
      overcomeBefore: this.#overcome,
    };
    failed.attempts += 1;
    if (!error.isPassing) failed.refusals += 1;
    this.#failed.set(one, failed);
    // A critical one is tried for a day all the same.
    const isOldEnough = one.severity !== 'critical' || nowMs - failed.fromMs >= criticalForMs;
    const others = taken - failed.takenBefore;
    // A wall that lets one in ten through says nothing about those that it stopped.
    const isWall = this.#overcome - failed.overcomeBefore > others;
    const isHopeless = failed.refusals >= refusalsAlone && others >= othersTaken && !isWall && isOldEnough;
    return { attempts: failed.attempts, isHopeless };
  }

  has(one: Waiting): boolean {
    return this.#failed.has(one);
  }

  /** @param isTaken whether the channel has it now; otherwise nobody sends it any more */
  delete(one: Waiting, isTaken: boolean): void {
    if (isTaken) this.#overcome += this.#failed.get(one)?.refusals ?? 0;
    this.#failed.delete(one);
  }

  /** Those that first failed when the channel had taken as many as now: it has taken nothing since. */
  *withoutOthersSince(taken: number): Generator<Waiting> {
    for (const [one, { takenBefore }] of this.#failed) if (takenBefore === taken) yield one;
  }

  /**
   * How long the pause before the next try may grow.
   * @param waiting how many wait in all
   */
  longestPauseMs({ isPassing }: DeliveryFailed, waiting: number, nowMs: number): number {
    if (isPassing || this.#failed.size < waiting) return longestPauseMs;
    const isUrgent = [...this.#failed].some(
      ([{ severity }, { fromMs }]) => severity === 'critical' && nowMs - fromMs < criticalForMs,
    );
    return isUrgent ? longestCriticalPauseMs : longestLastingPauseMs;
  }
}
