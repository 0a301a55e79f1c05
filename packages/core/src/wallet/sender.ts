import { setMaxListeners } from 'node:events';
import { keccak256 } from 'ethers';
import type { Chain } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import { broadcast, type Outlet } from './broadcast.ts';
import {
  BroadcastRefused,
  NonceTaken,
  OutcomeUnknown,
  SenderStopped,
  TransactionReverted,
  WalletBusy,
} from './errors.ts';
import type { FeeCaps, Fees } from './fees.ts';
import { type Attempt, fromJournal, type InFlight, type JournalStore, toJournal } from './journal.ts';
import { awaitStrangers, revive } from './leftovers.ts';
import { createLock } from './lock.ts';
import { type PolicySigner, PolicyViolation } from './policy.ts';
import { type Call, type Preflight, preflight } from './preflight.ts';
import { feesAfterRefusal } from './refusal.ts';
import { replace } from './replace.ts';
import { minedBy, type Sent, type Unclaimed } from './sent.ts';
import { type Tracked, Watch } from './watch.ts';

export interface SenderOptions extends Outlet {
  signer: PolicySigner;
  chain: Chain;
  journal: JournalStore;
  clock: Clock;
  /** Waits so long for the next look at what is in flight; shorter when it hears of a block. By the clock unless given. */
  pause?: (ms: number, stop: AbortSignal) => Promise<void>;
  logger: Logger;
  caps: FeeCaps;
  /** Blocks a receipt has to be deep, its own included. */
  confirmations: number;
  /** Blocks to wait before a transaction is replaced with higher fees. */
  replaceAfterBlocks: number;
  /** Do everything but the broadcast. */
  dryRun: boolean;
  /**
   * How long `send` waits for a broadcast transaction before it gives back OutcomeUnknown, and for earlier transactions
   * before it gives back WalletBusy.
   */
  waitMs: number;
  /** Told when the signer refused: that is never normal. */
  onViolation(violation: PolicyViolation): void;
  /** Told of what was mined, and succeeded, when whoever sent it had ended or no longer waited. */
  onUnclaimed?(mined: Unclaimed): void;
}

const broadcastTries = 5;

/**
 * The only way to the chain for one wallet: simulate → sign → journal → broadcast → watch → replace.
 * Nonces come from the chain, at broadcast, under a lock. Several transactions may wait in the mempool at once.
 * The same call sent twice while it is in flight is one transaction, also across a restart.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #lock = createLock();
  readonly #watch: Watch;
  readonly #sending = new Map<string, Promise<Sent>>();
  /** What a `send` waits for, or is about to. */
  readonly #awaited = new Set<Tracked>();
  readonly #stop = new AbortController();
  #ready: Promise<void> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
    // Every call that waits listens for the stop.
    setMaxListeners(0, this.#stop.signal);
    this.#watch = new Watch({
      pause: (ms, stop) => options.clock.sleep(ms, stop),
      ...options,
      replace: ({ entry }) =>
        replace(entry, {
          ...options,
          sign: fees => this.#sign(entry, entry.nonce, entry.gasLimit, fees),
          save: () => this.#save(),
        }),
      changed: () => this.#save(),
    });
  }

  get address(): string {
    return this.#options.signer.address;
  }

  /** Transactions that are broadcast and not yet confirmed. */
  get inFlight(): readonly Tracked[] {
    return this.#watch.tracked;
  }

  /** Resolves when nothing of an earlier process is in flight any more. Never rejects. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Takes up what an earlier process left in flight. `send` waits until all of it is resolved. A dry run leaves it alone.
   * @throws what the store throws when the journal cannot be read
   */
  async start(): Promise<void> {
    if (this.#options.dryRun) return;
    const left = fromJournal(await this.#options.journal.read(), this.address);
    const { logger, replaceAfterBlocks } = this.#options;
    const leftovers = left
      .sort((a, b) => a.nonce - b.nonce)
      .map(entry => {
        const { label: action, nonce, attempts } = entry;
        const hash = attempts.at(-1)?.hash;
        logger.info('found in flight from before the restart', { action, nonce, hash });
        return this.#add(entry);
      });
    const resolve = async () => {
      const options = { ...this.#options, from: this.address };
      await revive(options, this.#watch, leftovers);
      if (leftovers.length > 0) await this.#save();
      await Promise.all(leftovers.map(({ ended }) => ended));
      await awaitStrangers(options, replaceAfterBlocks, this.#stop.signal);
    };
    this.#ready = resolve().catch(error => {
      logger.error('transactions from before the restart could not be resolved', { error });
    });
  }

  /**
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | InsufficientFunds | BroadcastRefused | WalletBusy |
   *   TransactionReverted | OutcomeUnknown | NonceTaken | SenderStopped
   */
  send(call: Call): Promise<Sent> {
    const key = `${call.to}:${call.data}`.toLowerCase();
    const same = this.#sending.get(key);
    if (same) return same;
    const sending = this.#send(call).finally(() => this.#sending.delete(key));
    this.#sending.set(key, sending);
    return sending;
  }

  /** Sends nothing new, waits up to `graceMs` for what is in flight, then stops watching. The journal keeps the rest. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    const outcomes = Promise.allSettled([
      ...this.#sending.values(),
      ...this.#watch.tracked.map(({ ended }) => ended),
    ]);
    await withDeadline(outcomes, graceMs, () => new SenderStopped()).catch(() => undefined);
    this.#watch.stop();
  }

  async #send(call: Call): Promise<Sent> {
    if (this.#stop.signal.aborted) throw new SenderStopped();
    // Before anything is waited for: what an earlier process sent may be this very call.
    const waiting = this.#watch.find(call.to, call.data);
    if (waiting) this.#awaited.add(waiting);
    const joined = waiting && (await this.#outcome(call, waiting));
    if (joined) return joined;
    await this.#inTime(call, this.#ready);
    const quoting = this.#preflight(call);
    if (this.#options.dryRun) return { status: 'dry-run', preflight: await quoting };
    // Simulated side by side, but in line from the start: nonces go in the order of the calls.
    quoting.catch(() => undefined);
    const tracked = await this.#lock(() => this.#launch(call, quoting));
    const sent = await this.#outcome(call, tracked);
    if (!sent) throw new BroadcastRefused(call.label, 'it was dropped');
    return sent;
  }

  async #preflight(call: Call): Promise<Preflight> {
    const { provider, chain, caps, signer, dryRun } = this.#options;
    const quote = await preflight(provider, chain, caps, this.address, call, !dryRun);
    await this.#reported(async () => signer.check(this.#transaction(call, 0, quote.gasLimit, quote.fees)));
    return quote;
  }

  /** Waits for work that is not this call's own. @throws WalletBusy after `waitMs`, SenderStopped at a stop */
  #inTime(call: Call, work: Promise<unknown>): Promise<void> {
    const busy = () =>
      new WalletBusy(
        call.label,
        this.#watch.tracked.map(({ entry }) => entry),
      );
    return withDeadline(untilStopped(work, this.#stop.signal), this.#options.waitMs, busy);
  }

  /** Gives the call a nonce and gets its bytes to the node. Runs under the lock. */
  async #launch(call: Call, quoting: Promise<Preflight>): Promise<Tracked> {
    const hadToWait = await this.#waitForRoom(call);
    // Asked for side by side with the simulation: for some calls every round trip counts.
    const counting = this.#nextNonce();
    counting.catch(() => undefined);
    const quote = hadToWait ? await this.#preflight(call) : await quoting;
    let { fees } = quote;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stop.signal.aborted) throw new SenderStopped();
      const nonce = attempt === 1 ? await counting : await this.#nextNonce();
      const signed = await this.#sign(call, nonce, quote.gasLimit, fees);
      if (attempt === 1) await call.gate?.(this.#stop.signal);
      if (this.#stop.signal.aborted) throw new SenderStopped();
      const tracked = await this.#track(call, nonce, quote.gasLimit, signed);
      const { verdict, said } = await broadcast(this.#options, signed.raw).catch(error =>
        this.#kept(tracked, error),
      );
      const { hash } = signed;
      const about = { action: call.label, hash, nonce, ...fees, verdict, said };
      this.#options.logger.info('transaction handed to the node', about);
      // Without a clear reply it may be on its way: it keeps its nonce, and the watch broadcasts it again. Where the
      // watch was faster (mined, or replaced by now), this reply says nothing any more.
      const isOvertaken = !this.#watch.has(tracked) || tracked.entry.attempts.length > 1;
      if (verdict === 'accepted' || verdict === 'unknown' || isOvertaken) return tracked;
      this.#watch.drop(tracked);
      await this.#save();
      if (attempt === broadcastTries) throw new BroadcastRefused(call.label, said ?? verdict);
      fees = await feesAfterRefusal(call.label, { verdict, said }, fees, this.#options, this.#stop.signal);
    }
  }

  /** @returns whether it had to wait, so that what was simulated before may no longer hold */
  async #waitForRoom(call: Call): Promise<boolean> {
    const { maxInFlight } = this.#options.chain;
    const isFull = () => this.#watch.tracked.length >= maxInFlight;
    if (!isFull()) return false;
    // Not one wait after the other: all of them together have `waitMs`.
    let isGivenUp = false;
    const room = async () => {
      while (isFull() && !isGivenUp) await Promise.race(this.#watch.tracked.map(({ ended }) => ended));
    };
    try {
      await this.#inTime(call, room());
    } finally {
      isGivenUp = true;
    }
    return true;
  }

  /** In the journal before the bytes leave. */
  async #track(call: Call, nonce: number, gasLimit: bigint, signed: Attempt): Promise<Tracked> {
    const { label, to, data } = call;
    const tracked = this.#add({ nonce, label, to, data, gasLimit, attempts: [signed] });
    this.#awaited.add(tracked);
    try {
      await this.#save();
    } catch (error) {
      this.#watch.drop(tracked);
      throw new BotError(`${label} is not sent: the journal cannot be written (${reasonOf(error)})`, {
        cause: error,
      });
    }
    return tracked;
  }

  /** The fence has not let it pass: it never left. */
  async #kept(tracked: Tracked, error: unknown): Promise<never> {
    this.#watch.drop(tracked);
    // Where it stays in the journal, the next process finds out that no node knows it.
    await this.#save().catch(() => undefined);
    throw error;
  }

  /** The chain is the truth; what we have in flight ourselves comes on top, and gaps are filled first. */
  async #nextNonce(): Promise<number> {
    const taken = new Set(this.#watch.tracked.map(({ entry }) => entry.nonce));
    let nonce = await this.#options.provider.getTransactionCount(this.address, 'latest');
    while (taken.has(nonce)) nonce += 1;
    return nonce;
  }

  #transaction(call: { to: string; data: string }, nonce: number, gasLimit: bigint, fees: Fees) {
    return {
      type: 2,
      chainId: this.#options.chain.id,
      to: call.to,
      data: call.data,
      value: 0n,
      nonce,
      gasLimit,
      maxFeePerGas: fees.maxFeeWei,
      maxPriorityFeePerGas: fees.tipWei,
    };
  }

  async #sign(
    call: { to: string; data: string },
    nonce: number,
    gasLimit: bigint,
    fees: Fees,
  ): Promise<Attempt> {
    const transaction = this.#transaction(call, nonce, gasLimit, fees);
    const raw = await this.#reported(() => this.#options.signer.sign(transaction));
    return { hash: keccak256(raw), raw, ...fees };
  }

  async #reported<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PolicyViolation) this.#options.onViolation(error);
      throw error;
    }
  }

  /** @returns undefined when it was dropped: it never got to the chain */
  async #outcome(call: Call, tracked: Tracked): Promise<Sent | undefined> {
    const { entry } = tracked;
    const unknown = () => new OutcomeUnknown(call.label, entry.attempts.at(-1)?.hash ?? '', entry.nonce);
    const ending = await withDeadline(tracked.ended, this.#options.waitMs, unknown).finally(() =>
      this.#awaited.delete(tracked),
    );
    if (ending.kind === 'dropped') return undefined;
    if (ending.kind === 'unwatched') throw unknown();
    if (ending.kind === 'nonce-taken') throw new NonceTaken(call.label, entry.nonce);
    const { receipt } = ending;
    if (receipt.status !== 1) throw new TransactionReverted(call.label, receipt.hash, receipt.blockNumber);
    const { nonce, attempts } = entry;
    return { status: 'mined', ...minedBy(receipt), nonce, replacements: attempts.length - 1 };
  }

  #add(entry: InFlight): Tracked {
    const tracked = this.#watch.add(entry);
    void tracked.ended.then(ending => {
      if (ending.kind !== 'mined' || ending.receipt.status !== 1 || this.#awaited.has(tracked)) return;
      const { to, data } = entry;
      this.#options.onUnclaimed?.({ to, data, ...minedBy(ending.receipt) });
    });
    return tracked;
  }

  async #save(): Promise<void> {
    await this.#options.journal.write(
      toJournal(
        this.address,
        this.#watch.tracked.map(({ entry }) => entry),
      ),
    );
  }
}

/** @throws SenderStopped when asked to stop before `work` is done */
async function untilStopped(work: Promise<unknown>, stop: AbortSignal): Promise<void> {
  if (stop.aborted) throw new SenderStopped();
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(new SenderStopped()), { once: true, signal: over.signal });
  });
  await Promise.race([work, stopped]).finally(() => over.abort());
}
