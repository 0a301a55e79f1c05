/** A bounded number of requests at a time; the others wait their turn. */
export class Slots {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves with a function that gives the slot back, or with undefined once `signal` aborts. */
  async take(signal: AbortSignal): Promise<(() => void) | undefined> {
    while (this.#taken >= this.#limit && !signal.aborted) {
      await new Promise<void>(resolve => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    if (signal.aborted) return undefined;
    this.#taken += 1;
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.#taken -= 1;
      for (const wake of this.#waiting) {
        wake();
        break;
      }
    };
  }
}
