const firstWaitMs = 5_000;
const longestWaitMs = 600_000;

/** Pools whose last step failed wait, twice as long each time, so that one pool does not hold up the others. */
export class Setbacks {
  readonly #waits = new Map<string, { untilMs: number; waitMs: number }>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  failed(pool: string): void {
    const waitMs = Math.min((this.#waits.get(pool)?.waitMs ?? firstWaitMs / 2) * 2, longestWaitMs);
    this.#waits.set(pool, { waitMs, untilMs: this.#monotonicMs() + waitMs });
  }

  succeeded(pool: string): void {
    this.#waits.delete(pool);
  }

  mustWait(pool: string): boolean {
    return this.#monotonicMs() < (this.#waits.get(pool)?.untilMs ?? 0);
  }
}
