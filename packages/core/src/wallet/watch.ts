import type { TransactionReceipt } from 'ethers';
import { type Chain, pollMsOf } from '../chains/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import type { InFlight } from './journal.ts';

/** How the watching of a transaction ended. */
export type Ending =
  /** The receipt is deep enough; it may tell a failure. */
  | { kind: 'mined'; receipt: TransactionReceipt }
  /** Something else used the nonce. */
  | { kind: 'nonce-taken' }
  /** It never got to the chain, and its nonce is free again. */
  | { kind: 'dropped' }
  /** The process is stopping; the journal keeps it for the next one. */
  | { kind: 'unwatched' };

/** A transaction being watched. */
export interface Tracked {
  readonly entry: InFlight;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  /** Blocks seen since its last broadcast. */
  blocksWaited: number;
  /** The fee caps leave no room for a replacement: only a lower base fee or a higher cap gets it mined. */
  atCap: boolean;
  /** Why the last replacement was not taken. */
  refusal: string | undefined;
}

/** What came of trying to replace a transaction. */
export type Replacement = Pick<Tracked, 'atCap' | 'refusal'>;

interface WatchOptions {
  provider: FailoverProvider;
  signer: { address: string };
  chain: Chain;
  /** Waits so long for the next look; shorter when it hears of a block. Never rejects. */
  pause(ms: number, stop: AbortSignal): Promise<void>;
  logger: Logger;
  confirmations: number;
  replaceAfterBlocks: number;
  /** Sends a version with higher fees, if there is room. */
  replace(tracked: Tracked): Promise<Replacement>;
  /** The set of tracked transactions changed and should be journaled. */
  changed(): Promise<void>;
}

/** Looks in a row that find the nonce used and none of our receipts, before it counts as used by somebody else. */
const looksBeforeNonceTaken = 3;

interface Watching {
  settle: (ending: Ending) => void;
  nonceUsedSeen: number;
  /** The head at the last look. */
  lookedAt: number | undefined;
}

/** Follows the transactions of one wallet, block by block, while there are any. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #tracked = new Map<Tracked, Watching>();
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

  has(tracked: Tracked): boolean {
    return this.#tracked.has(tracked);
  }

  add(entry: InFlight): Tracked {
    let settle: (ending: Ending) => void = () => undefined;
    const ended = new Promise<Ending>(resolve => {
      settle = resolve;
    });
    const tracked: Tracked = { entry, ended, blocksWaited: 0, atCap: false, refusal: undefined };
    this.#tracked.set(tracked, { settle, nonceUsedSeen: 0, lookedAt: undefined });
    if (this.#stop.signal.aborted) settle({ kind: 'unwatched' });
    else if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
    return tracked;
  }

  /** Forgets a transaction that never got to the chain. */
  drop(tracked: Tracked): void {
    this.#remove(tracked)?.settle({ kind: 'dropped' });
  }

  /** Stops looking. What is tracked stays tracked, so that the journal keeps it. */
  stop(): void {
    this.#stop.abort();
    for (const { settle } of this.#tracked.values()) settle({ kind: 'unwatched' });
  }

  async #run(): Promise<void> {
    const { pause, chain, logger } = this.#options;
    while (this.#tracked.size > 0 && !this.#stop.signal.aborted) {
      try {
        const head = await this.#options.provider.getBlockNumber();
        if ([...this.#tracked.values()].some(({ lookedAt }) => lookedAt !== head)) await this.#look(head);
      } catch (error) {
        // Whatever failed, the transactions are still out there: look again.
        logger.warning('could not look for receipts; looking again', { reason: reasonOf(error) });
      }
      await pause(pollMsOf(chain), this.#stop.signal);
    }
    this.#running = false;
  }

  async #look(head: number): Promise<void> {
    const { provider, signer, logger } = this.#options;
    const usedNonces = await provider.getTransactionCount(signer.address, 'latest');
    for (const tracked of this.tracked) {
      try {
        await this.#lookAt(tracked, head, usedNonces);
      } catch (error) {
        // One that cannot be followed now does not keep the others from being followed.
        const { label, nonce } = tracked.entry;
        logger.warning('could not follow a transaction; looking again', {
          action: label,
          nonce,
          reason: reasonOf(error),
        });
      }
    }
  }

  async #lookAt(tracked: Tracked, head: number, usedNonces: number): Promise<void> {
    const state = this.#tracked.get(tracked);
    if (!state) return;
    // Those before the first look may have come before it was sent.
    const blocksPassed = Math.max(head - (state.lookedAt ?? head), 0);
    state.lookedAt = head;
    const receipt = await this.#receiptOf(tracked.entry);
    const isUsed = !receipt && tracked.entry.nonce < usedNonces;
    state.nonceUsedSeen = isUsed ? state.nonceUsedSeen + 1 : 0;
    if (receipt) {
      if (head - receipt.blockNumber + 1 >= this.#options.confirmations)
        await this.#settle(tracked, { kind: 'mined', receipt });
    } else if (isUsed) {
      if (state.nonceUsedSeen >= looksBeforeNonceTaken) await this.#settle(tracked, { kind: 'nonce-taken' });
    } else {
      tracked.blocksWaited += blocksPassed;
      await this.#replaceWhenDue(tracked, usedNonces);
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
    Object.assign(tracked, await this.#options.replace(tracked));
  }

  async #settle(tracked: Tracked, ending: Ending): Promise<void> {
    // Told first: a journal that cannot be written must not keep anybody waiting for a receipt that is there.
    this.#remove(tracked)?.settle(ending);
    const { label, nonce, attempts } = tracked.entry;
    if (ending.kind === 'mined') {
      const { hash, blockNumber: block, status } = ending.receipt;
      const outcome = status === 1 ? 'succeeded' : 'reverted';
      this.#options.logger.info('transaction mined', { action: label, nonce, hash, block, outcome });
    } else {
      const hashes = attempts.map(({ hash }) => hash);
      this.#options.logger.warning('another transaction used the nonce', { action: label, nonce, hashes });
    }
    await this.#options.changed();
  }

  #remove(tracked: Tracked): Watching | undefined {
    const state = this.#tracked.get(tracked);
    this.#tracked.delete(tracked);
    return state;
  }
}
