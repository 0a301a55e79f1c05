import type { Circumstances } from './lifecycle.ts';

/** Time for the checks to say what still holds before anybody is reminded of it; less where alerts are over sooner. */
const settlingMs = 300_000;
/** Checks that could not look for so long may not be able to for days: people are reminded all the same. */
const unseenMs = 3_600_000;

/** A start looks first, and then reminds: what an earlier process found may be over. Times are milliseconds since 1970. */
export class FirstLooks {
  readonly #settlingMs: number;
  /** Keys of what this process has not looked at. */
  readonly #unseen = new Set<string>();
  #settledAt: number;
  #unseenUntil: number;

  /** @param resolveAfterMs after which alerts are over */
  constructor(now: number, resolveAfterMs: number) {
    this.#settlingMs = Math.min(settlingMs, resolveAfterMs);
    this.#settledAt = now + this.#settlingMs;
    this.#unseenUntil = now + unseenMs;
  }

  /** Until then time alone tells nobody anything. */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** An earlier process has found it. */
  awaits(key: string): void {
    this.#unseen.add(key);
  }

  seen(key: string): void {
    this.#unseen.delete(key);
  }

  /**
   * Until when nobody is reminded of it; undefined: for no longer. What happens rather than lasts is not found to be
   * over by looking.
   */
  heldUntil(key: string, { now, quietMs }: Circumstances): number | undefined {
    const isHeld = now < this.#unseenUntil && quietMs === undefined && this.#unseen.has(key);
    return isHeld ? this.#unseenUntil : undefined;
  }

  /** What is to come by the old time would not for as long. */
  clockWasSetBack(now: number): void {
    this.#settledAt = Math.min(this.#settledAt, now + this.#settlingMs);
    this.#unseenUntil = Math.min(this.#unseenUntil, now + unseenMs);
  }
}
