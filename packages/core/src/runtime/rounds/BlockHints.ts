import { type Chain, pollMsOf } from '../../chains/index.ts';
import type { Clock } from '../../clock/index.ts';
import type { RpcEndpoint } from '../../config/index.ts';
import type { Logger } from '../../logger/index.ts';
import { followHeads } from '../../rpc/index.ts';

/**
 * Distributes hints that a new block may exist. A hint is no guarantee: each listener polls by itself in the
 * end. A node that hints without pause makes no listener poll more often than regular polling would.
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

  /** Passes on that there may be a new block. */
  hint(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#hintedAt < pollMsOf(this.#chain)) return;
    this.#hintedAt = now;
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Calls `listener` at each hint.
   * @returns a function that removes the listener
   */
  onHint(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sleeps `ms`. The last `withinMs` of them end early with the next hint. Never rejects. */
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

/** A websocket that reports no block for this long, or for five block times, is treated as dead. */
const shortestSilenceMs = 30_000;

/** Subscribes to new blocks by websocket. While it does not work, blocks are found by polling alone. */
export function listenForBlocks({
  address,
  hints,
  blockTimeMs,
  clock,
  logger,
  stop,
}: {
  address: RpcEndpoint;
  hints: BlockHints;
  blockTimeMs: number;
  clock: Clock;
  logger: Logger;
  stop: AbortSignal;
}): void {
  const endpoint = address.label;
  const onChange = (isConnected: boolean) =>
    isConnected
      ? logger.info('new blocks arrive by websocket', { endpoint })
      : logger.warning('no new blocks arrive by websocket: polling only', { endpoint });
  const silenceMs = Math.max(blockTimeMs * 5, shortestSilenceMs);
  void followHeads(address, () => hints.hint(), { silenceMs, clock, onChange, stop });
}
