/** Spreads requests so that there are no more than so many a second; unlimited until somebody says how many. */
export class Pace {
  #perSecond: number | undefined;
  #nextAt = 0;

  /** @param perSecond the operator's own limit */
  constructor(perSecond?: number) {
    this.#perSecond = perSecond;
  }

  /** Requests a second; undefined when there is no limit. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  /** The endpoint has said how many it takes. */
  learn(perSecond: number): void {
    this.#perSecond = Math.min(perSecond, this.#perSecond ?? perSecond);
  }

  /** Takes the next place in line. @returns how many ms to wait for it */
  next(now: number): number {
    if (this.#perSecond === undefined) return 0;
    const at = Math.max(this.#nextAt, now);
    this.#nextAt = at + 1_000 / this.#perSecond;
    return at - now;
  }
}
