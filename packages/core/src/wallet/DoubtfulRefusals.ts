import type { Clock } from '../clock/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import type { InFlight } from './journal.ts';
import { patienceBlocks, patienceMs } from './ReceiptSearch.ts';
import { type FoundReceipt, readReceipt } from './receipts.ts';

interface DoubtfulOptions {
  provider: FailoverProvider;
  clock: Clock;
  /** Called when a transaction that every node had refused was mined all the same. */
  onRefusedMined(entry: InFlight, found: FoundReceipt): void;
}

/**
 * The limit of kept transactions, since a caller that keeps retrying adds one each time the fees change.
 */
const mostKept = 32;

/**
 * Keeps refused transactions that a node may have all the same: its reply was lost, or its words meant
 * something else. Their nonces are free, so that no call waits for them. The next transaction takes the same
 * nonce, and only one of the two can be mined. They are looked for as long as a receipt may be late, so that
 * their effect and cost are reported as the wallet's own.
 */
export class DoubtfulRefusals {
  readonly #options: DoubtfulOptions;
  readonly #kept = new Map<InFlight, { block: number | undefined; sinceMs: number }>();
  #lookedAt: number | undefined;

  constructor(options: DoubtfulOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  add(entry: InFlight): void {
    this.forget(entry);
    this.#kept.set(entry, { block: undefined, sinceMs: this.#options.clock.monotonicMs() });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest) this.#kept.delete(oldest);
  }

  /** Forgets a transaction whose bytes are sent again and watched. */
  forget({ attempts }: InFlight): void {
    const hashes = new Set(attempts.map(({ hash }) => hash));
    for (const entry of this.#kept.keys())
      if (entry.attempts.every(({ hash }) => hashes.has(hash))) this.#kept.delete(entry);
  }

  /** Forgets all transactions with this nonce after one of them was mined. */
  forgetNonce(nonce: number): void {
    for (const entry of this.#kept.keys()) if (entry.nonce === nonce) this.#kept.delete(entry);
  }

  isDue(head: number): boolean {
    return this.size > 0 && this.#lookedAt !== head;
  }

  /** Looks for the receipts. @param usedNonces the wallet's count of mined transactions */
  async look(head: number, usedNonces: number): Promise<void> {
    this.#lookedAt = head;
    const nowMs = this.#options.clock.monotonicMs();
    for (const [entry, kept] of [...this.#kept]) {
      kept.block ??= head;
      const found = entry.nonce < usedNonces ? await this.#receiptOf(entry) : undefined;
      if (found) {
        this.#kept.delete(entry);
        this.#options.onRefusedMined(entry, found);
      } else if (head - kept.block >= patienceBlocks && nowMs - kept.sinceMs >= patienceMs) {
        this.#kept.delete(entry);
      }
    }
  }

  async #receiptOf({ attempts }: InFlight): Promise<FoundReceipt | undefined> {
    for (const { hash } of attempts) {
      const found = await readReceipt(this.#options.provider, hash).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }
}
