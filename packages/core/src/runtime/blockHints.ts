import { type Chain, pollMsOf } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';

/**
 * Lets those who wait for a block know that there may be one. Nobody may rely on it: whoever waits looks by itself in
 * the end, and a node that hints without pause makes nobody look more often than polling would.
 */
export class BlockHints {
  readonly #clock: Clock;
  readonly #chain: Pick<Chain, 'blockTimeMs'>;
  readonly #listeners = new Set<() => void>();
  #hintedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, chain: Pick<Chain, 'blockTimeMs'>) {
    this.#clock = clock;
    this.#chain = chain;
  }

  /** There may be a new block. */
  hint(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#hintedAt < pollMsOf(this.#chain)) return;
    this.#hintedAt = now;
    for (const listener of [...this.#listeners]) listener();
  }

  /** @returns what ends it */
  onHint(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sleeps `ms`; the last `withinMs` of them only until the next hint. Never rejects. */
  async sleep(ms: number, withinMs: number, signal: AbortSignal): Promise<void> {
    if (ms > withinMs) await this.#clock.sleep(ms - withinMs, signal);
    const wake = new AbortController();
    const end = () => wake.abort();
    const forget = this.onHint(end);
    signal.addEventListener('abort', end, { once: true });
    if (!signal.aborted) await this.#clock.sleep(Math.min(ms, withinMs), wake.signal);
    signal.removeEventListener('abort', end);
    forget();
  }
}
