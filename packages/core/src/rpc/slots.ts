/** Gives a slot back; calling it again does nothing. */
export type Release = () => void;

/** A bounded number of requests at a time; the others wait their turn, in the order they came. */
export class Slots {
  readonly #limit: number;
  readonly #waiting: ((release: Release) => void)[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
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

  #release(): Release {
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      // Handed on rather than freed, so that nobody who came later can be faster.
      const next = this.#waiting.shift();
      if (next) next(this.#release());
      else this.#taken -= 1;
    };
  }
}
