/** Spreads requests to stay below a number a second; unlimited until a limit is configured or reported. */
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

  /** Records a limit that the endpoint has stated. */
  learn(perSecond: number): void {
    this.#perSecond = Math.min(perSecond, this.#perSecond ?? perSecond);
  }

  /** Reserves the next place in line. @returns how many ms to wait for it */
  next(now: number): number {
    if (this.#perSecond === undefined) return 0;
    const at = Math.max(this.#nextAt, now);
    this.#nextAt = at + 1_000 / this.#perSecond;
    return at - now;
  }
}
