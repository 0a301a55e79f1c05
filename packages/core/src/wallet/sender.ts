import { keccak256, type TransactionReceipt } from 'ethers';
import type { Chain } from '../chains/index.ts';
import { type Clock, withDeadline } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { FailoverProvider } from '../rpc/index.ts';
import { type BroadcastVerdict, broadcast } from './broadcast.ts';
import {
  InsufficientFunds,
  NonceTaken,
  OutcomeUnknown,
  SenderStopped,
  TransactionReverted,
} from './errors.ts';
import { bumpFees, type FeeCaps, type Fees, quoteFees } from './fees.ts';
import { type Attempt, fromJournal, type InFlight, type JournalStore, toJournal } from './journal.ts';
import { createLock } from './lock.ts';
import { type PolicySigner, PolicyViolation } from './policy.ts';
import { type Call, feeMarket, feesOrThrow, type Preflight, preflight } from './preflight.ts';
import { revertDataOf } from './revert.ts';
import { type Tracked, Watch } from './watch.ts';

export interface SenderOptions {
  provider: FailoverProvider;
  signer: PolicySigner;
  chain: Chain;
  journal: JournalStore;
  clock: Clock;
  logger: Logger;
  caps: FeeCaps;
  /** Blocks a receipt has to be deep, its own included. */
  confirmations: number;
  /** Blocks to wait before a transaction is replaced with higher fees. */
  replaceAfterBlocks: number;
  /** Do everything but the broadcast. */
  dryRun: boolean;
  /** How long `send` waits for a broadcast transaction before it gives back OutcomeUnknown. */
  waitMs: number;
  /** Told when the signer refused: that is never normal. */
  onViolation(violation: PolicyViolation): void;
}

/** What became of a call. */
export type Sent =
  | {
      status: 'mined';
      hash: string;
      nonce: number;
      receipt: TransactionReceipt;
      costWei: bigint;
      /** How often it was replaced with higher fees. */
      replacements: number;
    }
  | { status: 'dry-run'; preflight: Preflight };

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
  #ready: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#watch = new Watch({
      ...options,
      replace: tracked => this.#replace(tracked),
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

  /**
   * Takes up what an earlier process left in flight. `send` waits until all of it is resolved.
   * @throws what the store throws when the journal cannot be read
   */
  async start(): Promise<void> {
    const left = fromJournal(await this.#options.journal.read(), this.address);
    this.#ready = this.#resolveLeftovers(left);
    this.#ready.catch(() => undefined);
  }

  /**
   * @throws SimulationReverted | PolicyViolation | FeeAboveCap | InsufficientFunds | TransactionReverted |
   *   OutcomeUnknown | NonceTaken | SenderStopped
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
    this.#stopped = true;
    const outcomes = Promise.allSettled([
      ...this.#sending.values(),
      ...this.#watch.tracked.map(({ mined }) => mined),
    ]);
    await withDeadline(outcomes, graceMs, () => new SenderStopped()).catch(() => undefined);
    this.#watch.stop();
  }

  async #send(call: Call): Promise<Sent> {
    await this.#ready;
    if (this.#stopped) throw new SenderStopped();
    const waiting = this.#watch.find(call.to, call.data);
    if (waiting) return this.#outcome(call, waiting);
    const { provider, chain, caps, signer, dryRun } = this.#options;
    const quote = await preflight(provider, chain, caps, this.address, call, !dryRun);
    try {
      signer.check(this.#transaction(call, 0, quote.gasLimit, quote.fees));
    } catch (error) {
      if (error instanceof PolicyViolation) this.#options.onViolation(error);
      throw error;
    }
    if (dryRun) return { status: 'dry-run', preflight: quote };
    const tracked = await this.#lock(() => this.#launch(call, quote));
    return this.#outcome(call, tracked);
  }

  /** Gives the call a nonce and gets its bytes to the node. Runs under the lock. */
  async #launch(call: Call, quote: Preflight): Promise<Tracked> {
    await this.#watch.below(this.#options.chain.maxInFlight);
    let { fees } = quote;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stopped) throw new SenderStopped();
      const nonce = await this.#nextNonce();
      const signed = await this.#sign(call, nonce, quote.gasLimit, fees);
      const { label, to, data } = call;
      const tracked = this.#watch.add({
        nonce,
        label,
        to,
        data,
        gasLimit: quote.gasLimit,
        attempts: [signed],
      });
      await this.#save();
      const verdict = await broadcast(this.#options.provider, signed.raw);
      this.#options.logger.info('transaction broadcast', {
        action: label,
        hash: signed.hash,
        nonce,
        verdict,
      });
      // Without a clear reply it may be on its way: it keeps its nonce, and the watch broadcasts it again.
      if (verdict === 'accepted' || verdict === 'unknown') return tracked;
      this.#watch.drop(tracked);
      await this.#save();
      if (verdict === 'insufficient-funds' || attempt === broadcastTries) throw this.#refusal(call, verdict);
      fees = await this.#retryFees(call, verdict, fees);
    }
  }

  /** Fees for another try after the node refused; a lower nonce problem needs none, only a fresh nonce. */
  async #retryFees(call: Call, verdict: BroadcastVerdict, fees: Fees): Promise<Fees> {
    if (verdict === 'nonce-too-low') return fees;
    const { provider, chain, caps } = this.#options;
    const fresh = feesOrThrow(await feeMarket(provider, chain), caps, call.label, chain);
    // Something we do not know of waits at this nonce: outbid it with work that is wanted.
    const bumped = verdict === 'replacement-underpriced' ? bumpFees(fees, fresh, caps) : fresh;
    if (!bumped) throw this.#refusal(call, verdict);
    return bumped;
  }

  #refusal(call: Call, verdict: BroadcastVerdict): InsufficientFunds {
    return new InsufficientFunds(`the node refused ${call.label}: ${verdict.replaceAll('-', ' ')}`);
  }

  /** The chain is the truth; what we have in flight ourselves comes on top. */
  async #nextNonce(): Promise<number> {
    const mined = await this.#options.provider.getTransactionCount(this.address, 'latest');
    return Math.max(mined, ...this.#watch.tracked.map(({ entry }) => entry.nonce + 1));
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
    const raw = await this.#options.signer.sign(this.#transaction(call, nonce, gasLimit, fees));
    return { hash: keccak256(raw), raw, ...fees };
  }

  /** The watch asks for this when a transaction has waited too long. @returns whether there was room to pay more */
  async #replace(tracked: Tracked): Promise<boolean> {
    const { entry } = tracked;
    const { provider, chain, caps, logger } = this.#options;
    const latest = entry.attempts.at(-1) as Attempt;
    const market = await feeMarket(provider, chain);
    const fees = bumpFees(latest, quoteFees(market.baseFeeWei, market.tipWei, caps), caps);
    if (!fees) {
      // A node may have forgotten it; the same bytes again do no harm.
      await broadcast(provider, latest.raw);
      return false;
    }
    const signed = await this.#sign(entry, entry.nonce, entry.gasLimit, fees);
    entry.attempts.push(signed);
    await this.#save();
    const verdict = await broadcast(provider, signed.raw);
    logger.warning('transaction replaced with higher fees', {
      action: entry.label,
      nonce: entry.nonce,
      hash: signed.hash,
      ...fees,
      verdict,
    });
    if (verdict === 'accepted' || verdict === 'unknown') return true;
    // Refused: the next replacement starts again from the version that was accepted.
    entry.attempts.pop();
    await this.#save();
    return false;
  }

  async #outcome(call: Call, tracked: Tracked): Promise<Sent> {
    const { entry } = tracked;
    const last = () => entry.attempts.at(-1)?.hash ?? '';
    const receipt = await withDeadline(
      tracked.mined,
      this.#options.waitMs,
      () => new OutcomeUnknown(call.label, last(), entry.nonce),
    );
    if (!receipt) throw new NonceTaken(call.label, entry.nonce);
    if (receipt.status !== 1) throw new TransactionReverted(call.label, receipt.hash, receipt.blockNumber);
    return {
      status: 'mined',
      hash: receipt.hash,
      nonce: entry.nonce,
      receipt,
      costWei: receipt.gasUsed * receipt.gasPrice,
      replacements: entry.attempts.length - 1,
    };
  }

  async #save(): Promise<void> {
    await this.#options.journal.write(
      toJournal(
        this.address,
        this.#watch.tracked.map(({ entry }) => entry),
      ),
    );
  }

  async #resolveLeftovers(left: InFlight[]): Promise<void> {
    const { logger } = this.#options;
    for (const entry of left.sort((a, b) => a.nonce - b.nonce)) {
      logger.info('found in flight from before the restart', {
        action: entry.label,
        nonce: entry.nonce,
        hash: entry.attempts.at(-1)?.hash,
      });
      this.#watch.add(entry);
    }
    await Promise.all(this.#watch.tracked.map(tracked => this.#revive(tracked)));
    await Promise.all(this.#watch.tracked.map(({ mined }) => mined));
    await this.#awaitStrangers();
  }

  /** What the node no longer knows goes out again, same bytes, same hash; unless by now it could only fail. */
  async #revive(tracked: Tracked): Promise<void> {
    const { provider, logger } = this.#options;
    const { entry } = tracked;
    const { raw, hash } = entry.attempts.at(-1) as Attempt;
    try {
      if (await provider.getTransaction(hash)) return;
      await provider.call({ from: this.address, to: entry.to, data: entry.data });
      await broadcast(provider, raw);
    } catch (error) {
      // Its nonce is free again, and at most one transaction can ever be mined with it.
      if (revertDataOf(error).reverted && !(await this.#isMined(entry))) this.#watch.drop(tracked);
      else
        logger.warning('could not look at a transaction from before the restart', {
          action: entry.label,
          reason: reasonOf(error),
        });
    }
  }

  async #isMined(entry: InFlight): Promise<boolean> {
    return entry.nonce < (await this.#options.provider.getTransactionCount(this.address, 'latest'));
  }

  /** Transactions of this wallet that are not in the journal get some blocks to be mined; then they are outbid. */
  async #awaitStrangers(): Promise<void> {
    const { provider, clock, chain, replaceAfterBlocks, logger } = this.#options;
    for (let block = 0; block < replaceAfterBlocks && !this.#stopped; block += 1) {
      const [pending, latest] = await Promise.all([
        provider.getTransactionCount(this.address, 'pending'),
        provider.getTransactionCount(this.address, 'latest'),
      ]);
      if (pending <= latest) return;
      logger.warning('transactions of this wallet are in flight that this bot did not send', {
        count: pending - latest,
      });
      await clock.sleep(chain.blockTimeMs);
    }
  }
}
