/** Returns a slot; a second call does nothing. */
export type Release = () => void;

/**
 * Limits the number of requests at a time; the others wait in the order of their arrival. While requests
 * wait, each answered request adds a slot, up to `most`. A burst that an endpoint handles well is over soon,
 * and a burst that it does not handle well gets no larger.
 */
export class Semaphore {
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

  /**
   * Takes a slot, or waits for one.
   * @returns the function that returns the slot; undefined when `signal` aborts or `waitMs` pass before there
   * is one
   */
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

  /** Adds a slot after an answered request. */
  grow(): void {
    if (this.#limit >= this.#most) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#limit += 1;
    this.#taken += 1;
    next(this.#release());
  }

  /** Returns to the usual number of slots after a failed request. */
  shrink(): void {
    this.#limit = this.#usual;
  }

  #release(): Release {
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      // The slot is handed on and not freed, so that no later request is faster.
      const next = this.#taken > this.#limit ? undefined : this.#waiting.shift();
      if (next) next(this.#release());
      else this.#taken -= 1;
    };
  }
}
