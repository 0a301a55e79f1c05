import { setMaxListeners } from 'node:events';
import type { Chain } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import type { Logger } from '../logger/index.ts';
import { Account } from './account.ts';
import type { Outlet } from './broadcast.ts';
import { CallSigner } from './callSigner.ts';
import { BroadcastRefused, OutOfGas, SenderStopped, WalletBusy } from './errors.ts';
import { optionalMs } from './feeMarket.ts';
import { capsOn, type FeeCaps } from './fees.ts';
import { GasBudget, type GasBudgetState, type GasLimits } from './gasBudget.ts';
import { JournalWriter, type JournalWriterOptions } from './JournalWriter.ts';
import { type InFlight, type JournalStore, toJournal } from './journal.ts';
import { type LaunchOptions, launch, type Prepared, prepare } from './launch.ts';
import { awaitStrangers, revive } from './leftovers.ts';
import { createLock } from './lock.ts';
import type { ForeignUse } from './OwnNonces.ts';
import { outcomeOf } from './outcome.ts';
import { moreGas } from './outOfGas.ts';
import type { PolicySigner, PolicyViolation } from './policy.ts';
import type { Call, Preflight } from './preflight.ts';
import { Quotes } from './Quotes.ts';
import { readLeftovers } from './readLeftovers.ts';
import type { FoundReceipt } from './receipts.ts';
import { replace } from './replace.ts';
import { SimulationReverted } from './revert.ts';
import { SecondOpinions } from './SecondOpinions.ts';
import { minedBy, type Sent, type Unclaimed } from './sent.ts';
import type { Tracked } from './tracked.ts';
import { untilStopped } from './untilStopped.ts';
import { Watch } from './watch.ts';

export interface SenderOptions extends Outlet, Pick<JournalWriterOptions, 'onJournalTrouble'> {
  signer: PolicySigner;
  chain: Chain;
  journal: JournalStore;
  clock: Clock;
  /** Waits so long for the next look at what is in flight; shorter when it hears of a block. By the clock unless given. */
  pause?: (ms: number, stop: AbortSignal) => Promise<void>;
  logger: Logger;
  /** Where the operator sets none, the chain's apply. */
  caps: FeeCaps;
  /** Gas that the wallet may use; the chain's figures unless given. */
  gasLimits?: Partial<GasLimits>;
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
  /** Told when another sender used nonces of the wallet: another bot, a person, or a thief with the same key. */
  onForeignUse?(use: ForeignUse): void;
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
  readonly #journal: JournalWriter;
  readonly #sending = new Map<string, Promise<Sent>>();
  /** What a `send` waits for, or is about to. */
  readonly #awaited = new Set<Tracked>();
  readonly #stop = new AbortController();
  readonly #account: Account;
  readonly #opinions: SecondOpinions;
  readonly #quotes: Quotes;
  /** Transactions that were given a nonce by this process. */
  #launched = 0;
  readonly #gasBudget: GasBudget;
  #ready: Promise<void> = Promise.resolve();

  constructor(given: SenderOptions) {
    const options = { ...given, caps: capsOn(given.chain, given.caps) };
    const { provider, chain, clock, logger } = options;
    this.#options = options;
    this.#account = new Account({ provider, chain, clock, address: this.address });
    const limits = { perHour: chain.gasPerHour, perDay: chain.gasPerDay, ...options.gasLimits };
    this.#gasBudget = new GasBudget(limits, () => clock.now());
    // Every call that waits listens for the stop.
    setMaxListeners(0, this.#stop.signal);
    this.#signer = new CallSigner(options);
    this.#opinions = new SecondOpinions(options);
    this.#quotes = new Quotes({
      ...options,
      callSigner: this.#signer,
      account: this.#account,
      opinions: this.#opinions,
      checkBalance: !options.dryRun,
    });
    const entries = () => this.#watch.tracked.map(({ entry }) => entry);
    const current = () => toJournal(options.signer.address, entries(), this.#gasBudget.used);
    this.#journal = new JournalWriter(options, current, this.#stop.signal);
    this.#watch = new Watch({
      pause: (ms, stop) => clock.sleep(ms, stop),
      ...options,
      replace: tracked =>
        replace(tracked, {
          ...options,
          sign: fees => this.#signer.sign(tracked.entry, tracked.entry.nonce, fees),
          save: () => this.#save(),
          from: this.address,
          usualPrice: this.#quotes.usualPrice,
          isLast: this.#watch.tracked.every(({ entry }) => entry.nonce <= tracked.entry.nonce),
        }),
      changed: async () => {
        // What was mined is booked first: its promise was resolved just before.
        await Promise.resolve();
        await this.#save().catch(() => undefined);
      },
      onRefusedMined: (entry, found) => {
        const { hash, blockNumber: block, status } = found.receipt;
        const about = { action: entry.label, nonce: entry.nonce, hash, block, status };
        logger.warning('a transaction that every node had refused was mined all the same', about);
        this.#mined(entry, found, true);
        void this.#save().catch(() => undefined);
      },
    });
  }

  get address(): string {
    return this.#options.signer.address;
  }

  /** Transactions that are broadcast and not yet confirmed. */
  get inFlight(): readonly Tracked[] {
    return this.#watch.tracked;
  }

  /** How many transactions of the wallet may wait in the mempool at a time, by its balance and code as they were last read. */
  get maxInFlight(): number {
    return this.#account.maxInFlight;
  }

  get gasBudget(): GasBudgetState {
    return this.#gasBudget.state(this.#inFlightGas);
  }

  /** What a rollup of the OP stack takes for the first layer, for a call of this wallet, beside its gas; else zero. */
  get l1FeeWei(): bigint {
    return this.#quotes.l1FeeWei;
  }

  /** Why the journal cannot be written; undefined while it can be. */
  get journalTrouble(): string | undefined {
    return this.#journal.trouble;
  }

  /** Resolves when nothing of an earlier process is in flight any more. Never rejects. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Takes up what an earlier process left in flight. `send` waits until all of it is resolved. A dry run leaves it alone.
   * Where the journal cannot be read, or does not answer, nothing is known of that, and only idempotent calls are sent.
   */
  async start(): Promise<void> {
    if (this.#options.dryRun) return;
    void this.#account.refresh();
    const { journal, logger, replaceAfterBlocks } = this.#options;
    const { address: from } = this;
    const left = await readLeftovers({
      from,
      journal,
      logger,
      writer: this.#journal,
      gasBudget: this.#gasBudget,
    });
    const leftovers = left.map(entry => {
      const { label: action, nonce, attempts } = entry;
      const hash = attempts.at(-1)?.hash;
      logger.info('found in flight from before the restart', { action, nonce, hash });
      return this.#add(entry);
    });
    const resolve = async () => {
      const options = { ...this.#options, from, opinions: this.#opinions };
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
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | PriceSpike | InsufficientFunds | GasBudgetExceeded | BroadcastRefused |
   *   WalletBusy | TransactionReverted | OutcomeUnknown | NonceTaken | NoLongerWanted | SenderStopped
   */
  send(call: Call): Promise<Sent> {
    const key = `${call.to}:${call.data}`.toLowerCase();
    const same = this.#sending.get(key);
    if (same) return same;
    const sending = this.#send(call).finally(() => this.#sending.delete(key));
    this.#sending.set(key, sending);
    return sending;
  }

  /**
   * What the call would cost, found by simulating it now, whatever the price is. Nothing is sent.
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | InsufficientFunds | BotError when the node could not tell
   */
  rehearse(call: Call): Promise<Preflight> {
    return this.#quotes.of({ ...call, ...(call.patienceMs ? { patienceMs: () => 0 } : {}) });
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
    try {
      return (await this.#joined(call)) ?? (await this.#sendOnce(call));
    } catch (error) {
      if (!(error instanceof OutOfGas) || this.#stop.signal.aborted) throw error;
      return this.#sendWithMoreGas(call, error);
    }
  }

  /** Before anything is waited for: what an earlier process sent may be this very call. */
  async #joined(call: Call): Promise<Sent | undefined> {
    const waiting = this.#watch.find(call.to, call.data);
    if (!waiting) return undefined;
    this.#awaited.add(waiting);
    waiting.isWanted ??= call.isWanted;
    waiting.patienceMs ??= call.patienceMs;
    return this.#outcome(call, waiting);
  }

  /** Once: a second transaction that runs out of gas says that more of it does not help. */
  async #sendWithMoreGas(call: Call, failure: OutOfGas): Promise<Sent> {
    const leastGas = moreGas(failure);
    this.#options.logger.warning('sends it again with more gas', { reason: failure.message, leastGas });
    const { gate: _passed, ...again } = call;
    return this.#sendOnce(again, leastGas).catch(error => {
      // It fails by now whatever gas it gets.
      throw error instanceof SimulationReverted ? failure.asRevert : error;
    });
  }

  async #sendOnce(call: Call, leastGas = 0n): Promise<Sent> {
    await this.#inTime(call, this.#ready);
    const quoting = this.#quotes.of(call, leastGas);
    if (this.#options.dryRun) return { status: 'dry-run', preflight: await quoting };
    // Simulated side by side, but in line from the start: nonces go in the order of the calls.
    quoting.catch(() => undefined);
    const held = await this.#holdAtGate(call, quoting);
    const tracked = await this.#lock(async () => {
      const hadToWait = await this.#waitForRoom(call);
      const inBudget = this.#quotes.inBudget(
        call,
        hadToWait ? this.#quotes.of(call, leastGas) : quoting,
        ({ gasLimit }) => this.#gasBudget.check(call.label, gasLimit, this.#inFlightGas, call.usesReserve),
        leastGas,
      );
      const isNext = !hadToWait && held?.launched === this.#launched && this.inFlight.length === 0;
      const prepared = isNext ? held?.prepared : undefined;
      return launch(call, inBudget, this.#launchOptions, prepared).catch(error => {
        // A node that takes no second transaction of this wallet may know of a delegation.
        if (error instanceof BroadcastRefused) this.#account.forgetCode();
        throw error;
      });
    });
    const sent = await this.#outcome(call, tracked);
    if (!sent) throw new BroadcastRefused(call.label, 'it was dropped');
    return sent;
  }

  get #inFlightGas(): bigint {
    return this.#watch.tracked.reduce((sum, { entry }) => sum + entry.gasLimit, 0n);
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

  /** Signed outside of the lock: whatever becomes due meanwhile does not wait for it. */
  async #holdAtGate(
    call: Call,
    quoting: Promise<Preflight>,
  ): Promise<{ prepared: Prepared | undefined; launched: number } | undefined> {
    if (!call.gate) return undefined;
    const launched = this.#launched;
    // Behind another one its nonce may be freed or taken meanwhile.
    const isAlone = this.inFlight.length === 0;
    const prepared = await prepare(call, quoting, this.#launchOptions);
    await call.gate(this.#stop.signal);
    return { prepared: isAlone ? prepared : undefined, launched };
  }

  get #launchOptions(): LaunchOptions {
    return {
      ...this.#options,
      signer: this.#signer,
      opinions: this.#opinions,
      from: this.address,
      watch: this.#watch,
      track: entry => {
        const tracked = this.#add(entry);
        this.#launched += 1;
        this.#awaited.add(tracked);
        return tracked;
      },
      save: () => this.#save(),
      stop: this.#stop.signal,
    };
  }

  /** @returns whether it had to wait, so that what was simulated before may no longer hold */
  async #waitForRoom(call: Call): Promise<boolean> {
    if (this.#watch.waiting.length > 0)
      await withDeadline(this.#account.refresh(), optionalMs, () => new Error('late')).catch(() => undefined);
    const isFull = () => this.#watch.waiting.length >= this.#account.maxInFlight;
    if (!isFull()) return false;
    // Not one wait after the other: all of them together have `waitMs`.
    let isGivenUp = false;
    const room = async () => {
      while (isFull() && !isGivenUp) await Promise.race(this.#watch.waiting.map(({ released }) => released));
    };
    try {
      await this.#inTime(call, room());
    } finally {
      isGivenUp = true;
    }
    return true;
  }

  /** @returns undefined when it was dropped: it never got to the chain */
  #outcome({ label }: Call, tracked: Tracked): Promise<Sent | undefined> {
    return outcomeOf(label, tracked, this.#options.waitMs).finally(() => this.#awaited.delete(tracked));
  }

  #add(entry: InFlight): Tracked {
    const tracked = this.#watch.add(entry);
    void tracked.ended.then(ending => {
      if (ending.kind === 'mined') this.#mined(entry, ending, !this.#awaited.has(tracked));
    });
    return tracked;
  }

  /** Books what was mined, and reports it when no call waits for it. */
  #mined(entry: InFlight, found: FoundReceipt, isUnclaimed: boolean): void {
    const { gasUsed } = found.receipt;
    // No transaction uses more than its limit, whatever its receipt says.
    const isTrue = gasUsed <= entry.gasLimit;
    this.#gasBudget.spend(isTrue ? gasUsed : entry.gasLimit);
    if (!isUnclaimed || found.receipt.status !== 1) return;
    const { to, data } = entry;
    this.#options.onUnclaimed?.({ to, data, ...minedBy(found, entry) });
  }

  #save(): Promise<void> {
    return this.#journal.write();
  }
}
