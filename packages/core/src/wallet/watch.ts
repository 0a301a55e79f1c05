import type { TransactionReceipt } from 'ethers';
import type { Chain } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import type { InFlight } from './journal.ts';

/** A transaction being watched. */
export interface Tracked {
  readonly entry: InFlight;
  /** The receipt once it is deep enough; undefined when something else used the nonce. Never rejects. */
  readonly mined: Promise<TransactionReceipt | undefined>;
  /** Blocks seen since its last broadcast. */
  blocksWaited: number;
  /** The fee caps leave no room for a replacement: only a lower base fee or a higher cap gets it mined. */
  atCap: boolean;
}

interface WatchOptions {
  provider: FailoverProvider;
  signer: { address: string };
  chain: Chain;
  clock: Clock;
  logger: Logger;
  confirmations: number;
  replaceAfterBlocks: number;
  /** Sends a version with higher fees; false when the caps leave no room. */
  replace(tracked: Tracked): Promise<boolean>;
  /** The set of tracked transactions changed and should be journaled. */
  changed(): Promise<void>;
}

/** Looks in a row that find the nonce used and none of our receipts, before it counts as used by somebody else. */
const looksBeforeNonceTaken = 3;

/** Follows the transactions of one wallet, block by block, while there are any. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #tracked = new Map<
    Tracked,
    { settle: (receipt: TransactionReceipt | undefined) => void; nonceUsedSeen: number }
  >();
  readonly #stop = new AbortController();
  #running = false;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get tracked(): readonly Tracked[] {
    return [...this.#tracked.keys()];
  }

  find(to: string, data: string): Tracked | undefined {
    const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
    return this.tracked.find(({ entry }) => same(entry.to, to) && same(entry.data, data));
  }

  add(entry: InFlight): Tracked {
    let settle: (receipt: TransactionReceipt | undefined) => void = () => undefined;
    const mined = new Promise<TransactionReceipt | undefined>(resolve => {
      settle = resolve;
    });
    const tracked: Tracked = { entry, mined, blocksWaited: 0, atCap: false };
    this.#tracked.set(tracked, { settle, nonceUsedSeen: 0 });
    if (!this.#running && !this.#stop.signal.aborted) {
      this.#running = true;
      void this.#run();
    }
    return tracked;
  }

  /** Forgets a transaction that never got to the chain. */
  drop(tracked: Tracked): void {
    this.#tracked.delete(tracked);
  }

  /** Resolves once fewer than `limit` transactions are in flight. */
  async below(limit: number): Promise<void> {
    while (this.#tracked.size >= limit) await Promise.race(this.tracked.map(({ mined }) => mined));
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { clock, chain, logger } = this.#options;
    const pollMs = Math.min(Math.max(chain.blockTimeMs / 4, 100), 1_000);
    let seen = -1;
    while (this.#tracked.size > 0 && !this.#stop.signal.aborted) {
      try {
        const head = await this.#options.provider.getBlockNumber();
        if (head !== seen) await this.#look(head, seen === -1 ? 0 : Math.max(head - seen, 0));
        seen = head;
      } catch (error) {
        // Whatever failed, the transactions are still out there: look again.
        logger.warning('could not look for receipts', { reason: reasonOf(error) });
      }
      await clock.sleep(pollMs, this.#stop.signal);
    }
    this.#running = false;
  }

  async #look(head: number, blocksPassed: number): Promise<void> {
    const usedNonces = await this.#options.provider.getTransactionCount(
      this.#options.signer.address,
      'latest',
    );
    for (const tracked of this.tracked) {
      const receipt = await this.#receiptOf(tracked.entry);
      if (receipt) {
        if (head - receipt.blockNumber + 1 >= this.#options.confirmations)
          await this.#settle(tracked, receipt);
      } else if (tracked.entry.nonce < usedNonces) {
        await this.#nonceUsed(tracked);
      } else {
        tracked.blocksWaited += blocksPassed;
        await this.#replaceWhenDue(tracked, usedNonces);
      }
    }
  }

  async #receiptOf(entry: InFlight): Promise<TransactionReceipt | null> {
    for (const { hash } of entry.attempts.toReversed()) {
      const receipt = await this.#options.provider.getTransactionReceipt(hash);
      if (receipt) return receipt;
    }
    return null;
  }

  /** Only the first in line is replaced: those behind it may be waiting for nothing but their turn. */
  async #replaceWhenDue(tracked: Tracked, usedNonces: number): Promise<void> {
    if (tracked.entry.nonce !== usedNonces || tracked.blocksWaited < this.#options.replaceAfterBlocks) return;
    tracked.blocksWaited = 0;
    tracked.atCap = !(await this.#options.replace(tracked));
  }

  async #nonceUsed(tracked: Tracked): Promise<void> {
    const state = this.#tracked.get(tracked);
    if (!state) return;
    state.nonceUsedSeen += 1;
    if (state.nonceUsedSeen >= looksBeforeNonceTaken) await this.#settle(tracked, undefined);
  }

  async #settle(tracked: Tracked, receipt: TransactionReceipt | undefined): Promise<void> {
    const state = this.#tracked.get(tracked);
    this.#tracked.delete(tracked);
    // Told first: a journal that cannot be written must not keep anybody waiting for a receipt that is there.
    state?.settle(receipt);
    await this.#options.changed();
  }
}
