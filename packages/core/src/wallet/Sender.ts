import { setMaxListeners } from 'node:events';
import { withDeadline } from '../clock/index.ts';
import { Account } from './Account.ts';
import { type BroadcastNewOptions, broadcastNew, type Prepared, prepare } from './broadcastNew.ts';
import { CallSigner } from './CallSigner.ts';
import { BroadcastRefused, NoLongerWanted, OutOfGas, SenderStopped } from './errors.ts';
import { capsOn } from './fees.ts';
import { type BudgetedGas, GasBudget, type GasBudgetState } from './GasBudget.ts';
import { JournalWriter } from './JournalWriter.ts';
import { type InFlight, toJournal } from './journal.ts';
import { MempoolRoom } from './MempoolRoom.ts';
import { moreGas, outcomeOf } from './outcomeOf.ts';
import type { Call, Preflight } from './preflight.ts';
import { Quotes } from './Quotes.ts';
import type { FoundReceipt } from './receipts.ts';
import { awaitForeignTransactions, readJournaled, rebroadcast } from './recovery.ts';
import { isStillWanted, replace } from './replace.ts';
import { SimulationReverted } from './revert.ts';
import { SecondOpinions } from './SecondOpinions.ts';
import type { SenderOptions } from './SenderOptions.ts';
import { minedBy, type Sent } from './Sent.ts';
import type { Tracked } from './Tracked.ts';
import { Watch } from './Watch.ts';

/**
 * The only way to the chain for one wallet: simulate → sign → journal → broadcast → watch → replace. Nonces
 * come from the chain, at broadcast, under a lock. Several transactions may wait in the mempool at once. The
 * same call sent twice while it is in flight is one transaction, also across a restart.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #lock = createLock();
  readonly #signer: CallSigner;
  readonly #watch: Watch;
  readonly #journal: JournalWriter;
  readonly #sending = new Map<string, Promise<Sent>>();
  /** The transactions that a `send` waits for, or is about to wait for. */
  readonly #awaited = new Set<Tracked>();
  readonly #stop = new AbortController();
  readonly #account: Account;
  readonly #opinions: SecondOpinions;
  readonly #quotes: Quotes;
  readonly #room: MempoolRoom;
  /** The number of transactions that this process has given a nonce. */
  #broadcasts = 0;
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
        // The gas of a mined transaction is booked first: its promise was resolved just before.
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
    const { waitMs } = options;
    this.#room = new MempoolRoom({
      account: this.#account,
      watch: this.#watch,
      waitMs,
      stop: this.#stop.signal,
    });
  }

  get address(): string {
    return this.#options.signer.address;
  }

  /** Transactions that are broadcast and not yet confirmed. */
  get inFlight(): readonly Tracked[] {
    return this.#watch.tracked;
  }

  /**
   * The number of the wallet's transactions that may wait in the mempool at a time, by its last known balance
   * and code.
   */
  get maxInFlight(): number {
    return this.#account.maxInFlight;
  }

  get gasBudget(): GasBudgetState {
    return this.#gasBudget.state(this.#inFlightGas);
  }

  /**
   * The first-layer fee of a call of this wallet on a rollup of the OP stack, beside its gas; zero on other
   * chains.
   */
  get l1FeeWei(): bigint {
    return this.#quotes.l1FeeWei;
  }

  /** Why the journal cannot be written; undefined while it can be. */
  get journalTrouble(): string | undefined {
    return this.#journal.trouble;
  }

  /** Resolves when no transaction of an earlier process is in flight any more. Never rejects. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Takes over the transactions that an earlier process left in flight. `send` waits until all of them are
   * resolved. A dry run leaves them alone. If the journal cannot be read, or does not answer, they are
   * unknown, and only idempotent calls are sent.
   */
  async start(): Promise<void> {
    if (this.#options.dryRun) return;
    void this.#account.refresh();
    const options = {
      ...this.#options,
      from: this.address,
      opinions: this.#opinions,
      writer: this.#journal,
      gasBudget: this.#gasBudget,
    };
    const recovered = (await readJournaled(options)).map(entry => this.#add(entry));
    const resolve = async () => {
      await rebroadcast(options, this.#watch, recovered);
      if (recovered.length > 0) await this.#save();
      await Promise.all(recovered.map(({ ended }) => ended));
      await awaitForeignTransactions(options, this.#options.replaceAfterBlocks, this.#stop.signal);
    };
    this.#ready = resolve().catch(error => {
      this.#options.logger.error('transactions from before the restart could not be resolved', { error });
    });
  }

  /**
   * Sends a call and waits for its confirmation.
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | PriceSpike | InsufficientFunds |
   * GasBudgetExceeded | BroadcastRefused | WalletBusy | TransactionReverted | OutcomeUnknown | NonceTaken |
   * NoLongerWanted | SenderStopped
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
   * Returns the cost of a call, found by simulating it now, at any price. No transaction is sent.
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | InsufficientFunds | BotError when the node
   * could not answer
   */
  rehearse(call: Call): Promise<Preflight> {
    return this.#quotes.of({ ...call, ...(call.patienceMs ? { patienceMs: () => 0 } : {}) });
  }

  /**
   * Sends no new transaction, waits up to `graceMs` for the ones in flight, then stops watching. The journal
   * keeps the rest.
   */
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

  /**
   * Joins a transaction in flight with the same call, before any wait: an earlier process may have sent this
   * very call.
   */
  async #joined(call: Call): Promise<Sent | undefined> {
    const waiting = this.#watch.find(call.to, call.data);
    if (!waiting) return undefined;
    this.#awaited.add(waiting);
    waiting.isWanted ??= call.isWanted;
    waiting.patienceMs ??= call.patienceMs;
    return this.#outcome(call, waiting);
  }

  /**
   * Sends a call again with more gas, once: a second transaction that runs out of gas shows that more gas
   * does not help.
   */
  async #sendWithMoreGas(call: Call, failure: OutOfGas): Promise<Sent> {
    const leastGas = moreGas(failure);
    this.#options.logger.warning('transaction ran out of gas; it is sent again with more', {
      reason: failure.message,
      leastGas,
    });
    const { gate: _passed, ...again } = call;
    return this.#sendOnce(again, leastGas).catch(error => {
      // The call fails by now with any amount of gas.
      throw error instanceof SimulationReverted ? failure.asRevert : error;
    });
  }

  async #sendOnce(given: Call, leastGas = 0n): Promise<Sent> {
    await this.#room.inTime(given.label, this.#ready);
    const call = await this.#afterHeadStart(given);
    const quoting = this.#quotes.of(call, leastGas);
    if (this.#options.dryRun) return { status: 'dry-run', preflight: await quoting };
    // The simulations run side by side, but the calls are in line from the start: nonces follow the order of
    // the calls.
    quoting.catch(() => undefined);
    const held = await this.#holdAtGate(call, quoting);
    const tracked = await this.#lock(async () => {
      const hadToWait = await this.#room.wait(call.label);
      const inBudget = this.#quotes.inBudget(call, {
        quoting: hadToWait ? this.#quotes.of(call, leastGas) : quoting,
        budget: {
          fits: quote => this.#gasBudget.fits(call.label, this.#budgeted(call, quote)),
          check: quote => this.#gasBudget.check(call.label, this.#budgeted(call, quote)),
        },
        leastGas,
      });
      const isNext = !hadToWait && held?.broadcasts === this.#broadcasts && this.inFlight.length === 0;
      const prepared = isNext ? held?.prepared : undefined;
      return broadcastNew(call, { quoting: inBudget, prepared }, this.#broadcastOptions).catch(error => {
        // A node that accepts no second transaction of this wallet may have seen a delegation.
        if (error instanceof BroadcastRefused) this.#account.forgetCode();
        throw error;
      });
    });
    const sent = await this.#outcome(call, tracked);
    if (!sent) throw new BroadcastRefused(call.label, 'it was dropped');
    return sent;
  }

  #budgeted({ usesReserve }: Call, { gasLimit }: Preflight): BudgetedGas {
    return { gasLimit, inFlightGas: this.#inFlightGas, usesReserve };
  }

  /**
   * Lets another copy of the bot act first, where there may be one.
   * @returns the call, without the block of its decision if that is out of date
   * @throws NoLongerWanted when the other copy has acted
   */
  async #afterHeadStart(call: Call): Promise<Call> {
    const { headStart, dryRun, logger } = this.#options;
    if (!call.idempotent || dryRun || !(await headStart?.(this.#stop.signal))) return call;
    if (!(await isStillWanted(call, logger))) throw new NoLongerWanted(call.label);
    const { block: _block, meantFor: _meantFor, ...later } = call;
    return later;
  }

  get #inFlightGas(): bigint {
    return this.#watch.tracked.reduce((sum, { entry }) => sum + entry.gasLimit, 0n);
  }

  /**
   * Signs the call and waits at its gate, outside of the lock, so that other calls need not wait for the
   * gate.
   */
  async #holdAtGate(
    call: Call,
    quoting: Promise<Preflight>,
  ): Promise<{ prepared: Prepared | undefined; broadcasts: number } | undefined> {
    if (!call.gate) return undefined;
    const broadcasts = this.#broadcasts;
    // Behind another transaction its nonce may be freed or taken meanwhile.
    const isAlone = this.inFlight.length === 0;
    const prepared = await prepare(call, quoting, this.#broadcastOptions);
    await call.gate(this.#stop.signal);
    return { prepared: isAlone ? prepared : undefined, broadcasts };
  }

  get #broadcastOptions(): BroadcastNewOptions {
    return {
      ...this.#options,
      signer: this.#signer,
      opinions: this.#opinions,
      from: this.address,
      watch: this.#watch,
      track: entry => {
        const tracked = this.#add(entry);
        this.#broadcasts += 1;
        this.#awaited.add(tracked);
        return tracked;
      },
      save: () => this.#save(),
      stop: this.#stop.signal,
    };
  }

  /**
   * Waits for the end of a transaction.
   * @returns undefined when the transaction was dropped: it never reached the chain
   */
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

  /** Books the gas of a mined transaction, and reports it when no call waits for it. */
  #mined(entry: InFlight, found: FoundReceipt, isUnclaimed: boolean): void {
    const { gasUsed } = found.receipt;
    // A transaction cannot use more than its limit, although a receipt may report that.
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

/**
 * Returns a function that runs work one after the other, in the order of the calls; a failure does not stop
 * the next.
 */
function createLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return work => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
