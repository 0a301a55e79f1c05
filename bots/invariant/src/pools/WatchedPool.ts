import type { Target } from '@service-bots/core/runtime';
import { hasLpPrice, hasNoLps } from '../checks/lastPriced.ts';
import type { Verdict } from '../checks/verdict.ts';
import type { Confirmation } from '../judging/crossCheck.ts';
import type { PendingPause } from '../judging/stillFailing.ts';
import { sharesBehindShorts } from '../readings/behindShorts.ts';
import { holdsByBooks } from '../readings/books.ts';
import type { PoolEvent } from '../readings/events.ts';
import type { Snapshot } from '../readings/index.ts';
import { type LedgerBase, type ShortsLedger, withBase, withoutChanges } from '../readings/shortsLedger.ts';
import { emptyHistory, type History, inserted, type Moment, record, without } from './history.ts';
import type { InvariantPool } from './InvariantPool.ts';
import { LateCheckpoints } from './LateCheckpoints.ts';

/** A pool, and the bot's state about it. */
export class WatchedPool implements Target {
  /** Its settings follow the overrides; the rest never changes. */
  pool: InvariantPool;
  readonly checkpoints: LateCheckpoints;
  history: History = emptyHistory;
  /** Whether the chain was searched for the part of its past that no file has. */
  isRecalled = false;
  /** The values and results of the last block that was checked. */
  last:
    | { snapshot: Snapshot; verdicts: readonly Verdict[]; events: readonly PoolEvent[] | undefined }
    | undefined;
  /** The last blocks at which the vault held the shares of the books, the oldest first. */
  ledgerBases: readonly LedgerBase[] = [];
  /** The shares that there must be behind shorts, while the books do not hold. */
  shortsLedger: ShortsLedger | undefined;
  /** The present reading of the ledger: it may take longer than a block. */
  ledgerReading: Promise<void> | undefined;
  /** The end of the wait for that reading, on the monotonic clock. */
  ledgerReadBy = 0;
  /** Why the last reading of it failed. */
  ledgerFailure: string | undefined;
  /** The last checked block in which LP shares had a price. */
  lastPriced: Snapshot | undefined;
  /** Confirmed critical findings, by check, as long as they last. */
  readonly confirmed = new Map<string, Confirmation>();

  /** A possible reason to pause the pool, if the next block still shows it. */
  suspected: PendingPause | undefined;

  /** The number of blocks for which some of its past has not been known. */
  #blocksUnknown = 0;

  constructor(pool: InvariantPool) {
    this.pool = pool;
    this.checkpoints = new LateCheckpoints(pool.checkpointDuration, pool.earliestMaturity);
  }

  get address(): string {
    return this.pool.address;
  }

  get name(): string {
    return this.pool.name;
  }

  /** Returns whether there is no state about it. */
  get isNew(): boolean {
    return this.last === undefined && this.history.moments.length === 0;
  }

  /** Returns the unknown part of its past checkpoints, with these read; undefined when all are known. */
  unknownCheckpoints({ block: { timestamp }, pastCheckpoints }: Snapshot) {
    const count = this.checkpoints.unknownAfter(pastCheckpoints.ok ? pastCheckpoints.value : [], timestamp);
    this.#blocksUnknown = count === 0 ? 0 : this.#blocksUnknown + 1;
    return count === 0 ? undefined : { count, blocks: this.#blocksUnknown };
  }

  /**
   * Stores the values of a block. Values that could not be read are not stored.
   * @param events that came with the failing checks, if there are any
   */
  remember(snapshot: Snapshot, verdicts: readonly Verdict[], events?: readonly PoolEvent[]): void {
    const { block, pastCheckpoints } = snapshot;
    if (pastCheckpoints.ok) this.checkpoints.record(pastCheckpoints.value);
    // A delayed block (its trades could not be looked up) is checked, and changes nothing about the state of
    // later blocks.
    if (this.last && block.number < this.last.snapshot.block.number) return;
    this.last = { snapshot, verdicts, events };
    if (holdsByBooks(this.pool, snapshot)) this.rememberShares(snapshot);
    if (hasLpPrice(snapshot)) this.lastPriced = snapshot;
    // Later owners of LP shares have nothing in common with those who left.
    else if (hasNoLps(snapshot)) this.lastPriced = undefined;
    const moment = momentOf(snapshot);
    // A reorg may have replaced this block and later ones since an earlier process stored them.
    const past = without(this.history, block.number);
    if (moment) this.history = record(past, moment, this.pool.settings.lookBackSeconds);
  }

  /** Stores a block at which the vault held the shares of the books: later numbers are compared with it. */
  rememberShares(snapshot: Snapshot): void {
    const shares = sharesBehindShorts(snapshot);
    if (shares === undefined) return;
    this.ledgerBases = withBase(this.ledgerBases, { block: snapshot.block.number, shares, isExact: true });
    this.shortsLedger = undefined;
  }

  /**
   * Stores a block that was not checked when it was the newest: the block before, or one of a look-back ago.
   */
  recall(snapshot: Snapshot): void {
    const moment = momentOf(snapshot);
    if (!moment) return;
    this.history = inserted(this.history, moment, this.pool.settings.lookBackSeconds);
  }

  /** Keeps the confirmations of these checks, which still fail critically; the other findings have ended. */
  keepConfirmed(failing: readonly string[]): void {
    for (const check of this.confirmed.keys()) if (!failing.includes(check)) this.confirmed.delete(check);
  }

  /** Removes this block and all later ones, which a reorg has replaced. */
  forgetFrom(block: number): void {
    this.history = without(this.history, block);
    if (this.suspected && this.suspected.block >= block) this.suspected = undefined;
    this.ledgerBases = this.ledgerBases.filter(base => base.block < block);
    this.shortsLedger &&= withoutChanges(this.shortsLedger, block);
    if (this.lastPriced && this.lastPriced.block.number >= block) this.lastPriced = undefined;
    if (!this.last || this.last.snapshot.block.number < block) return;
    this.last = undefined;
    this.confirmed.clear();
    this.checkpoints.doubtNewest();
  }
}

/** Returns the stored values of a block; undefined where one of them could not be read. */
export function momentOf({ block, vaultSharePrice, weightedSpotPrice }: Snapshot): Moment | undefined {
  if (!vaultSharePrice.ok || !weightedSpotPrice.ok) return undefined;
  return {
    block: block.number,
    time: block.timestamp,
    vaultSharePrice: vaultSharePrice.value,
    weightedSpotPrice: weightedSpotPrice.value,
  };
}
