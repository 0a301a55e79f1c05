const everyMs = 100;

/** Measures for how long this process was too busy to handle an answer that had arrived. */
export class LoopLag {
  readonly #monotonicMs: () => number;
  readonly #timer: NodeJS.Timeout;
  #lastMs: number;
  #mostMs = 0;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#lastMs = monotonicMs();
    this.#timer = setInterval(() => this.#note(), everyMs);
    this.#timer.unref();
  }

  /** Ends the measurement. @returns the longest time for which the event loop was blocked, in ms */
  end(): number {
    clearInterval(this.#timer);
    this.#note();
    return this.#mostMs;
  }

  #note(): void {
    const nowMs = this.#monotonicMs();
    this.#mostMs = Math.max(this.#mostMs, nowMs - this.#lastMs - everyMs);
    this.#lastMs = nowMs;
  }
}
