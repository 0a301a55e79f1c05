import { type Chain, pollMsOf } from '../chains/index.ts';
import type { Clock } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import { DoubtfulRefusals } from './DoubtfulRefusals.ts';
import type { InFlight } from './journal.ts';
import { type ForeignUse, OwnNonces } from './OwnNonces.ts';
import { ReceiptSearch } from './ReceiptSearch.ts';
import { type FoundReceipt, readReceipt } from './receipts.ts';
import { type Ending, endingWords, type Replacement, type Tracked } from './Tracked.ts';

export interface WatchOptions {
  provider: FailoverProvider;
  signer: { address: string };
  chain: Chain;
  clock: Clock;
  /** Waits up to `ms` before the next check, and ends early at a hint of a new block. Never rejects. */
  pause(ms: number, stop: AbortSignal): Promise<void>;
  logger: Logger;
  confirmations: number;
  replaceAfterBlocks: number;
  /** Sends a version with higher fees, if there is room. */
  replace(tracked: Tracked): Promise<Replacement>;
  /** Called when the set of tracked transactions has changed and should be journaled. */
  changed(): Promise<void>;
  /** Called when a transaction that every node had refused was mined all the same. */
  onRefusedMined(entry: InFlight, found: FoundReceipt): void;
  /** Called when another sender used nonces of the wallet. */
  onForeignUse?(use: ForeignUse): void;
}

/** A count of used nonces that is too low for fewer blocks than this is no gap. */
const leastGapBlocks = 5;
/** While a receipt is searched for, the search repeats this often even without a new block. */
const searchEveryMs = 1_000;

interface Watching {
  settle: (ending: Ending) => void;
  release: () => void;
  /** Set while the nonce is used and there is no receipt. */
  search: ReceiptSearch | undefined;
  isNonceUsed: boolean;
  /** The head at the last check. */
  lookedAt: number | undefined;
  /** The newest head of all checks. */
  highest?: number;
  /** The number of blocks since which every count has shown a gap before its nonce. */
  gapBlocks: number;
}

/** Follows the transactions of one wallet, block by block, while there are any. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #tracked = new Map<Tracked, Watching>();
  readonly #doubtful: DoubtfulRefusals;
  readonly #ownNonces: OwnNonces;
  readonly #stop = new AbortController();
  #running = false;
  #lookedAtMs = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#doubtful = new DoubtfulRefusals(options);
    this.#ownNonces = new OwnNonces(nonces => this.#reportForeign({ nonces }));
  }

  get tracked(): readonly Tracked[] {
    return [...this.#tracked.keys()];
  }

  /** The transactions that may wait in the mempool: the chain has not used their nonces yet. */
  get waiting(): readonly Tracked[] {
    return this.tracked.filter(each => !this.#tracked.get(each)?.isNonceUsed);
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
    let release = () => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    const tracked: Tracked = {
      entry,
      ended,
      released,
      blocksWaited: 0,
      isUnderWay: false,
      isAccepted: true,
      atCap: false,
      refusal: undefined,
      isWanted: undefined,
      patienceMs: undefined,
    };
    const state = {
      settle,
      release,
      search: undefined,
      isNonceUsed: false,
      lookedAt: undefined,
      gapBlocks: 0,
    };
    this.#tracked.set(tracked, state);
    this.#doubtful.forget(entry);
    this.#ownNonces.take(entry.nonce);
    if (this.#stop.signal.aborted) settle({ kind: 'unwatched' });
    else this.#start();
    return tracked;
  }

  /** Forgets a transaction that never reached the chain. */
  drop(tracked: Tracked): void {
    this.#end(tracked, { kind: 'dropped' });
  }

  /** Continues to look for a transaction that was refused, since a node may have it all the same. */
  doubt(entry: InFlight): void {
    this.#doubtful.add(entry);
    this.#start();
  }

  /** Stops watching. The tracked transactions stay tracked, so that the journal keeps them. */
  stop(): void {
    this.#stop.abort();
    for (const { settle, release } of this.#tracked.values()) {
      settle({ kind: 'unwatched' });
      release();
    }
  }

  #start(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { pause, chain, logger } = this.#options;
    while ((this.#tracked.size > 0 || this.#doubtful.size > 0) && !this.#stop.signal.aborted) {
      try {
        const head = await this.#options.provider.getBlockNumber();
        if (this.#isDue(head)) await this.#look(head);
      } catch (error) {
        // The transactions are still in flight after any failure, so the watch checks again.
        logger.warning('receipts could not be read; trying again', { reason: reasonOf(error) });
      }
      await pause(pollMsOf(chain), this.#stop.signal);
    }
    this.#running = false;
  }

  #isDue(head: number): boolean {
    const states = [...this.#tracked.values()];
    if (this.#doubtful.isDue(head) || states.some(({ lookedAt }) => lookedAt !== head)) return true;
    const sinceMs = this.#options.clock.monotonicMs() - this.#lookedAtMs;
    return sinceMs >= searchEveryMs && states.some(({ isNonceUsed }) => isNonceUsed);
  }

  async #look(head: number): Promise<void> {
    const { provider, signer, logger, clock } = this.#options;
    this.#lookedAtMs = clock.monotonicMs();
    const usedNonces = await provider.getTransactionCount(signer.address, 'latest');
    this.#ownNonces.see(usedNonces);
    for (const tracked of this.tracked) {
      try {
        await this.#lookAt(tracked, head, usedNonces);
      } catch (error) {
        // A transaction that cannot be followed now must not keep the others from being followed.
        const { label, nonce } = tracked.entry;
        logger.warning('a transaction could not be checked; trying again', {
          action: label,
          nonce,
          reason: reasonOf(error),
        });
      }
    }
    await this.#doubtful.look(head, usedNonces);
  }

  async #lookAt(tracked: Tracked, head: number, usedNonces: number): Promise<void> {
    const state = this.#tracked.get(tracked);
    if (!state) return;
    // Blocks before the first check may be older than the transaction. A node that lags for a moment must not
    // count the same blocks twice.
    const blocksPassed = Math.max(head - (state.highest ?? head), 0);
    state.highest = Math.max(head, state.highest ?? head);
    state.lookedAt = head;
    // This step comes before any that may fail: a used nonce frees the place in the mempool.
    state.isNonceUsed = tracked.entry.nonce < usedNonces;
    if (state.isNonceUsed) state.release();
    const found = await this.#receiptOf(tracked.entry).catch(error => {
      if (!state.isNonceUsed) throw error;
      return undefined;
    });
    if (found) {
      state.search = undefined;
      await this.#settleWhenDeep(tracked, head, found);
    } else if (state.isNonceUsed) {
      await this.#search(tracked, state, head);
    } else {
      state.search = undefined;
      tracked.blocksWaited += blocksPassed;
      state.gapBlocks = this.#hasGap(tracked, usedNonces) ? state.gapBlocks + blocksPassed : 0;
      if (state.gapBlocks >= this.#gapPatienceBlocks) await this.#giveUpNonce(tracked, usedNonces);
      else await this.#replaceWhenDue(tracked, usedNonces);
    }
  }

  async #receiptOf(entry: InFlight): Promise<FoundReceipt | undefined> {
    for (const { hash } of entry.attempts.toReversed()) {
      const found = await readReceipt(this.#options.provider, hash);
      if (found) return found;
    }
    return undefined;
  }

  async #settleWhenDeep(tracked: Tracked, head: number, { receipt, l1FeeWei }: FoundReceipt): Promise<void> {
    if (head - receipt.blockNumber + 1 >= this.#options.confirmations)
      await this.#settle(tracked, { kind: 'mined', receipt, l1FeeWei });
  }

  async #search(tracked: Tracked, state: Watching, head: number): Promise<void> {
    const { provider, clock, confirmations, signer, logger } = this.#options;
    const { label: action, nonce, attempts, since } = tracked.entry;
    if (!state.search) {
      const from = signer.address;
      state.search = new ReceiptSearch(head, { provider, clock, from, nonce, since, confirmations });
      return;
    }
    const hashes = attempts.map(({ hash }) => hash.toLowerCase());
    const wasIn = state.search.minedIn(hashes);
    const result = await state.search.look(head, hashes);
    if (result?.kind === 'found') return this.#settleWhenDeep(tracked, head, result.found);
    if (result) return this.#settle(tracked, result);
    const block = state.search.minedIn(hashes);
    if (block !== undefined && wasIn === undefined)
      logger.warning('a transaction is in a block, but no endpoint returns its receipt yet', {
        action,
        nonce,
        block,
      });
  }

  /**
   * Returns whether the transaction waits for a lower nonce of which this process knows no transaction. The
   * count may be out of date: the transaction before this one may have been mined since.
   */
  #hasGap({ entry }: Tracked, usedNonces: number): boolean {
    return entry.nonce > usedNonces && this.waiting.every(({ entry: { nonce } }) => nonce >= entry.nonce);
  }

  get #gapPatienceBlocks(): number {
    return Math.max(this.#options.replaceAfterBlocks, leastGapBlocks);
  }

  async #giveUpNonce(tracked: Tracked, usedNonces: number): Promise<void> {
    this.#doubtful.add(tracked.entry);
    await this.#settle(tracked, { kind: 'stranded', usedNonces });
  }

  /** Replaces only the first transaction in line: the others may be waiting only for their turn. */
  async #replaceWhenDue(tracked: Tracked, usedNonces: number): Promise<void> {
    const { entry, isUnderWay, blocksWaited } = tracked;
    if (isUnderWay || entry.nonce !== usedNonces || blocksWaited < this.#options.replaceAfterBlocks) return;
    tracked.blocksWaited = 0;
    const { atCap, refusal, ending } = await this.#options.replace(tracked);
    Object.assign(tracked, { atCap, refusal });
    if (!ending) return;
    this.#doubtful.add(tracked.entry);
    await this.#settle(tracked, ending);
  }

  async #settle(tracked: Tracked, ending: Ending): Promise<void> {
    // The end is reported first: a journal that cannot be written must not delay a receipt that is there.
    this.#end(tracked, ending);
    const { label, nonce, attempts } = tracked.entry;
    const about = { action: label, nonce };
    const { logger } = this.#options;
    if (ending.kind === 'mined') {
      const { hash, blockNumber: block, status } = ending.receipt;
      const outcome = status === 1 ? 'succeeded' : 'reverted';
      this.#doubtful.forgetNonce(nonce);
      logger.info('transaction mined', { ...about, hash, block, outcome });
    } else {
      const hashes = attempts.map(({ hash }) => hash);
      const { kind, ...details } = ending;
      logger.warning(endingWords[kind], { ...about, hashes, ...details });
      if (ending.kind === 'nonce-taken') this.#reportForeign({ nonces: [nonce], usedBy: ending.usedBy });
    }
    await this.#options.changed();
  }

  #reportForeign(use: Omit<ForeignUse, 'address'>): void {
    const { signer, logger, onForeignUse } = this.#options;
    const found = { address: signer.address, ...use };
    logger.warning('another sender with the same key used nonces of this wallet', { ...found });
    onForeignUse?.(found);
  }

  #end(tracked: Tracked, ending: Ending): void {
    const state = this.#tracked.get(tracked);
    this.#tracked.delete(tracked);
    state?.settle(ending);
    state?.release();
  }
}
