/** Gives a slot back; calling it again does nothing. */
export type Release = () => void;

/**
 * A bounded number of requests at a time; the others wait their turn, in the order they came. While requests wait, each
 * one that is answered makes room for one more, up to `most`: a burst that an endpoint takes well is over soon, and one
 * that it does not take well gets no larger.
 */
export class Slots {
  readonly #usual: number;
  readonly #most: number;
  #limit: number;
  readonly #waiting: ((release: Release) => void)[] = [];
  #taken = 0;

  constructor(usual: number, most = usual) {
    this.#usual = usual;
    this.#most = most;
    this.#limit = usual;
  }

  get taken(): number {
    return this.#taken;
  }

  /** @returns how to give the slot back; undefined when `signal` aborts or `waitMs` pass before there is one */
  take(waitMs: number, signal: AbortSignal): Promise<Release | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return Promise.resolve(this.#release());
    }
    return new Promise(resolve => {
      const end = (release: Release | undefined) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(release);
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(end), 1);
        end(undefined);
      };
      const timer = setTimeout(giveUp, Math.max(waitMs, 0));
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(end);
    });
  }

  /** A request was answered. */
  grow(): void {
    if (this.#limit >= this.#most) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#limit += 1;
    this.#taken += 1;
    next(this.#release());
  }

  /** A request failed: from now on no more at a time than usual. */
  shrink(): void {
    this.#limit = this.#usual;
  }

  #release(): Release {
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      // Handed on rather than freed, so that no request that came later is faster.
      const next = this.#taken > this.#limit ? undefined : this.#waiting.shift();
      if (next) next(this.#release());
      else this.#taken -= 1;
    };
  }
}
