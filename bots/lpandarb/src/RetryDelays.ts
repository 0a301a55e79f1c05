import type { Step } from './planning/view.ts';

const firstWaitMs = 2_000;
const longestWaitMs = 600_000;

/** An attempt in a pool: a step of one kind and one maturity, or the revocation of an approval. */
export interface Attempt {
  pool: string;
  kind: Step['kind'] | 'revoke';
  maturity?: number | undefined;
}

/**
 * Delays the steps that failed, twice as long after each failure. A failing step thus holds up neither other
 * pools nor other steps of its own pool.
 */
export class RetryDelays {
  readonly #waits = new Map<string, { pool: string; untilMs: number; waitMs: number; times: number }>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Records a failure and doubles the wait. @returns the number of failures in a row */
  failed(attempt: Attempt): number {
    const key = keyOf(attempt);
    const last = this.#waits.get(key);
    const waitMs = Math.min((last?.waitMs ?? firstWaitMs / 2) * 2, longestWaitMs);
    const times = (last?.times ?? 0) + 1;
    this.#waits.set(key, { pool: attempt.pool, waitMs, untilMs: this.#monotonicMs() + waitMs, times });
    return times;
  }

  succeeded(attempt: Attempt): void {
    this.#waits.delete(keyOf(attempt));
  }

  mustWait(attempt: Attempt): boolean {
    return this.#monotonicMs() < (this.#waits.get(keyOf(attempt))?.untilMs ?? 0);
  }

  /** Returns whether a failed attempt in the pool is waiting for its retry. */
  isHeldUp(pool: string): boolean {
    const now = this.#monotonicMs();
    return [...this.#waits.values()].some(wait => wait.pool === pool && now < wait.untilMs);
  }
}

function keyOf({ pool, kind, maturity }: Attempt): string {
  return `${pool} ${kind} ${maturity ?? ''}`;
}
