import { setMaxListeners } from 'node:events';
import type { Chain } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Outlet } from './broadcast.ts';
import { CallSigner } from './callSigner.ts';
import {
  BroadcastRefused,
  NonceTaken,
  OutcomeUnknown,
  SenderStopped,
  TransactionReverted,
  WalletBusy,
} from './errors.ts';
import type { FeeCaps } from './fees.ts';
import { fromJournal, type InFlight, type JournalStore, toJournal } from './journal.ts';
import { launch } from './launch.ts';
import { awaitStrangers, revive } from './leftovers.ts';
import { createLock } from './lock.ts';
import type { PolicySigner, PolicyViolation } from './policy.ts';
import { type Call, type Preflight, preflight } from './preflight.ts';
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

/**
 * The only way to the chain for one wallet: simulate → sign → journal → broadcast → watch → replace.
 * Nonces come from the chain, at broadcast, under a lock. Several transactions may wait in the mempool at once.
 * The same call sent twice while it is in flight is one transaction, also across a restart.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #lock = createLock();
  readonly #signer: CallSigner;
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
    this.#signer = new CallSigner(options);
    this.#watch = new Watch({
      pause: (ms, stop) => options.clock.sleep(ms, stop),
      ...options,
      replace: ({ entry }) =>
        replace(entry, {
          ...options,
          sign: fees => this.#signer.sign(entry, entry.nonce, fees),
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
    const tracked = await this.#lock(async () => {
      const hadToWait = await this.#waitForRoom(call);
      return this.#launch(call, hadToWait ? this.#preflight(call) : quoting);
    });
    const sent = await this.#outcome(call, tracked);
    if (!sent) throw new BroadcastRefused(call.label, 'it was dropped');
    return sent;
  }

  async #preflight(call: Call): Promise<Preflight> {
    const { provider, chain, caps, dryRun } = this.#options;
    const quote = await preflight(provider, chain, caps, this.address, call, !dryRun);
    this.#signer.check({ ...call, gasLimit: quote.gasLimit }, quote.fees);
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

  #launch(call: Call, quoting: Promise<Preflight>): Promise<Tracked> {
    return launch(call, quoting, {
      ...this.#options,
      signer: this.#signer,
      from: this.address,
      watch: this.#watch,
      track: entry => {
        const tracked = this.#add(entry);
        this.#awaited.add(tracked);
        return tracked;
      },
      save: () => this.#save(),
      stop: this.#stop.signal,
    });
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
