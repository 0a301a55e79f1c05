import type { Target } from '@service-bots/core/runtime';
import type { Confirmation } from './confirm.ts';
import type { Verdict } from './evaluate.ts';
import { emptyHistory, type History, record, without } from './history.ts';
import { LateCheckpoints } from './lateCheckpoints.ts';
import type { InvariantPool } from './pool.ts';
import type { Snapshot } from './snapshot.ts';

/** A pool, and what the bot remembers of it. */
export class WatchedPool implements Target {
  readonly pool: InvariantPool;
  readonly checkpoints: LateCheckpoints;
  history: History = emptyHistory;
  /** Of the last block that was checked. */
  last: { snapshot: Snapshot; verdicts: readonly Verdict[] } | undefined;
  /** Critical findings that were confirmed, by check, as long as they last. */
  readonly confirmed = new Map<string, Confirmation>();

  constructor(pool: InvariantPool) {
    this.pool = pool;
    this.checkpoints = new LateCheckpoints(pool.checkpointDuration, pool.positionDuration);
  }

  get address(): string {
    return this.pool.address;
  }

  get name(): string {
    return this.pool.name;
  }

  /** Whether nothing is remembered of it. */
  get isNew(): boolean {
    return this.last === undefined && this.history.moments.length === 0;
  }

  /** Takes in what was seen at a block. What could not be read is not remembered. */
  remember(snapshot: Snapshot, verdicts: readonly Verdict[]): void {
    const { block, vaultSharePrice, weightedSpotPrice, pastCheckpoints } = snapshot;
    if (pastCheckpoints.ok) this.checkpoints.record(pastCheckpoints.value);
    // A block that was put off (its trades could not be looked up) is judged, and changes nothing about what came after.
    const newest = Math.max(this.last?.snapshot.block.number ?? 0, this.history.moments.at(-1)?.block ?? 0);
    if (block.number < newest) return;
    this.last = { snapshot, verdicts };
    if (!vaultSharePrice.ok || !weightedSpotPrice.ok) return;
    const moment = {
      block: block.number,
      time: block.timestamp,
      vaultSharePrice: vaultSharePrice.value,
      weightedSpotPrice: weightedSpotPrice.value,
    };
    this.history = record(this.history, moment, this.pool.settings.lookBackSeconds);
  }

  /** Only these checks still fail critically: what was confirmed of others is over. */
  keepConfirmed(failing: readonly string[]): void {
    for (const check of this.confirmed.keys()) if (!failing.includes(check)) this.confirmed.delete(check);
  }

  /** A reorg has replaced this block and all after it. */
  forgetFrom(block: number): void {
    this.history = without(this.history, block);
    if (!this.last || this.last.snapshot.block.number < block) return;
    this.last = undefined;
    this.confirmed.clear();
    this.checkpoints.doubtNewest();
  }
}
