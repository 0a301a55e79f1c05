import { withDeadline } from '../clock/index.ts';
import type { Account } from './Account.ts';
import { SenderStopped, WalletBusy } from './errors.ts';
import { optionalMs } from './feeMarket.ts';
import type { Watch } from './Watch.ts';

interface MempoolRoomOptions {
  account: Account;
  watch: Watch;
  /** How long a call waits for the wallet's earlier transactions, in ms. */
  waitMs: number;
  stop: AbortSignal;
}

/** Makes calls wait while the wallet has its maximum of transactions in the mempool. */
export class MempoolRoom {
  readonly #options: MempoolRoomOptions;

  constructor(options: MempoolRoomOptions) {
    this.#options = options;
  }

  /**
   * Waits until the wallet may have a further transaction in the mempool.
   * @param label the call's name, for errors
   * @returns whether it had to wait, so that the earlier simulation may no longer hold
   * @throws WalletBusy after `waitMs`, SenderStopped at a stop
   */
  async wait(label: string): Promise<boolean> {
    const { account, watch } = this.#options;
    if (watch.waiting.length > 0)
      await withDeadline(account.refresh(), optionalMs, () => new Error('late')).catch(() => undefined);
    const isFull = () => watch.waiting.length >= account.maxInFlight;
    if (!isFull()) return false;
    // The limit `waitMs` is for all waits together, and not for each of them.
    let isGivenUp = false;
    const room = async () => {
      while (isFull() && !isGivenUp) await Promise.race(watch.waiting.map(({ released }) => released));
    };
    try {
      await this.inTime(label, room());
    } finally {
      isGivenUp = true;
    }
    return true;
  }

  /** Waits for work of other calls. @throws WalletBusy after `waitMs`, SenderStopped at a stop */
  inTime(label: string, work: Promise<unknown>): Promise<void> {
    const { watch, waitMs, stop } = this.#options;
    const busy = () =>
      new WalletBusy(
        label,
        watch.tracked.map(({ entry }) => entry),
      );
    return withDeadline(untilStopped(work, stop), waitMs, busy);
  }
}

/** Waits for `work`. @throws SenderStopped when a stop is requested before `work` is done */
async function untilStopped(work: Promise<unknown>, stop: AbortSignal): Promise<void> {
  if (stop.aborted) throw new SenderStopped();
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(new SenderStopped()), { once: true, signal: over.signal });
  });
  await Promise.race([work, stopped]).finally(() => over.abort());
}
