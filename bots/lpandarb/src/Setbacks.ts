import type { Step } from './planning/view.ts';

const firstWaitMs = 2_000;
const longestWaitMs = 600_000;

/** What is tried in a pool: a step of some kind, of one maturity, or taking back an approval. */
export interface Attempt {
  pool: string;
  kind: Step['kind'] | 'revoke';
  maturity?: number | undefined;
}

/** Steps that failed wait, twice as long each time, so that they hold up neither other pools nor other ways out of theirs. */
export class Setbacks {
  readonly #waits = new Map<string, { pool: string; untilMs: number; waitMs: number; times: number }>();
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** @returns how often it has failed in a row */
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

  /** Whether anything that failed in a pool waits to be tried again. */
  isHeldUp(pool: string): boolean {
    const now = this.#monotonicMs();
    return [...this.#waits.values()].some(wait => wait.pool === pool && now < wait.untilMs);
  }
}

function keyOf({ pool, kind, maturity }: Attempt): string {
  return `${pool} ${kind} ${maturity ?? ''}`;
}
