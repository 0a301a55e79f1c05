import { type Chain, pollMsOf } from '../../chains/index.ts';
import type { Clock } from '../../clock/index.ts';
import type { RpcEndpoint } from '../../config/index.ts';
import type { Logger } from '../../logger/index.ts';
import { followHeads, type HeadHint } from '../../rpc/index.ts';

/** A pause between two looks at the chain. */
export interface HintedSleep {
  /** The longest pause, in ms. */
  ms: number;
  /** The last part of the pause, in ms, which ends early with a hint. Default: all of it. */
  withinMs?: number;
  /** The result of the last look, where every new block is work: one that was reported since ends the pause. */
  seen?: { number: number; sinceMs: number };
  signal: AbortSignal;
}

/**
 * Distributes hints that a new block may exist. A hint is no guarantee: each listener polls by itself in the
 * end. A node that hints without pause makes no listener poll more often than regular polling would: the hints
 * of one poll interval become a single one at its end.
 */
export class BlockHints {
  readonly #clock: Clock;
  readonly #chain: Pick<Chain, 'blockTimeMs'>;
  readonly #listeners = new Set<() => void>();
  #hintedAt = Number.NEGATIVE_INFINITY;
  #last: { number: number; hash: string | undefined; atMs: number } | undefined;
  #isWaiting = false;

  constructor(clock: Clock, chain: Pick<Chain, 'blockTimeMs'>) {
    this.#clock = clock;
    this.#chain = chain;
  }

  /** Passes on that there may be a new block. A second notice of the same block is none. */
  hint({ number = Number.POSITIVE_INFINITY, hash }: HeadHint = {}): void {
    if (hash !== undefined && hash === this.#last?.hash) return;
    const now = this.#clock.monotonicMs();
    this.#last = { number, hash, atMs: now };
    const waitMs = this.#hintedAt + pollMsOf(this.#chain) - now;
    if (waitMs <= 0) this.#tell();
    else if (!this.#isWaiting) {
      this.#isWaiting = true;
      const tell = () => {
        this.#isWaiting = false;
        this.#tell();
      };
      void this.#clock.sleep(waitMs).then(tell);
    }
  }

  #tell(): void {
    this.#hintedAt = this.#clock.monotonicMs();
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

  /** Sleeps, at most until a hint. Never rejects. */
  async sleep({ ms, withinMs = ms, seen, signal }: HintedSleep): Promise<void> {
    if (seen && this.#last && this.#last.atMs >= seen.sinceMs && this.#last.number > seen.number) {
      await this.#clock.sleep(Math.min(ms, pollMsOf(this.#chain)), signal);
      return;
    }
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
  void followHeads(address, head => hints.hint(head), { silenceMs, clock, onChange, stop });
}
