import type { Circumstances } from './lifecycle.ts';

/**
 * The time that checks have to observe the open alerts again before reminders begin; less where alerts are
 * resolved sooner.
 */
const settlingMs = 300_000;
/** A check that could not run for this long may not run for days, so its alerts are repeated in any case. */
const unseenMs = 3_600_000;

/**
 * Holds back reminders after a start until the checks have run, since an alert of an earlier process may be
 * over. Times are ms since 1970.
 */
export class ReminderHold {
  readonly #settlingMs: number;
  /** Keys of open alerts that this process has not observed yet. */
  readonly #unseen = new Set<string>();
  #settledAt: number;
  #unseenUntil: number;

  /** @param resolveAfterMs the time after which an alert is resolved */
  constructor(now: number, resolveAfterMs: number) {
    this.#settlingMs = Math.min(settlingMs, resolveAfterMs);
    this.#settledAt = now + this.#settlingMs;
    this.#unseenUntil = now + unseenMs;
  }

  /** Until this time the passing of time alone causes no notice. */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** Adds an alert that an earlier process raised. */
  awaits(key: string): void {
    this.#unseen.add(key);
  }

  seen(key: string): void {
    this.#unseen.delete(key);
  }

  /**
   * Returns until when reminders of a key are held back; undefined when they are not. An alert with quiet
   * hours is not held back: it is about an event, and a check cannot observe that an event is over.
   */
  heldUntil(key: string, { now, quietMs }: Pick<Circumstances, 'now' | 'quietMs'>): number | undefined {
    const isHeld = now < this.#unseenUntil && quietMs === undefined && this.#unseen.has(key);
    return isHeld ? this.#unseenUntil : undefined;
  }

  /** Shortens the waits after the clock was set back, since they would last longer by that amount. */
  clockWasSetBack(now: number): void {
    this.#settledAt = Math.min(this.#settledAt, now + this.#settlingMs);
    this.#unseenUntil = Math.min(this.#unseenUntil, now + unseenMs);
  }
}
