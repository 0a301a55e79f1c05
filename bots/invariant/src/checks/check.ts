import type { Severity } from '@service-bots/core/alerts';
import type { PoolEvent } from '../events.ts';
import type { History } from '../history.ts';
import type { InvariantPool } from '../pool.ts';
import type { Quantity } from '../quantity.ts';
import type { Snapshot } from '../snapshot.ts';

/** All that a check may look at. */
export interface View {
  pool: InvariantPool;
  now: Snapshot;
  /** An earlier block's, usually the one before; undefined when there is none. */
  before: Snapshot | undefined;
  /** What is remembered of earlier blocks. */
  history: History;
  /** What is read only once something seems wrong. */
  closer?: CloserLook;
}

export interface CloserLook {
  /** Of the pool, after the block of `before`, up to and with the block of `now`; undefined when unreadable. */
  events: readonly PoolEvent[] | undefined;
  /** Vault share price when shorts were opened, on average; undefined when unreadable or 0 when never recorded. */
  shortsOpenedAt: bigint | undefined;
}

/** How far a pool is from failing. */
export interface Headroom {
  /** Negative when it fails. */
  left: Quantity;
  /** The same as a part of what it is measured by, 18 decimals; undefined where there is no such thing. */
  part: bigint | undefined;
}

/** What a check came to. */
export type Result =
  | { outcome: 'holds'; numbers: Quantity[]; headroom?: Headroom }
  | {
      outcome: 'fails';
      /** Where it is another than the check's own. */
      severity?: Severity;
      /** One sentence with the numbers that differ. */
      message: string;
      /** By how much. */
      by?: Quantity;
      numbers: Quantity[];
      headroom?: Headroom;
    }
  /** It does not apply; neither healthy nor failing. */
  | { outcome: 'skipped'; reason: string }
  /** It applies and could not be decided. */
  | { outcome: 'indeterminate'; reason: string };

/** One invariant. Pure: everything it knows is in the view. It may throw `Unread` and `ArithmeticError`. */
export interface Check {
  name: string;
  /** What it means for operators when it fails, in a few words. */
  title: string;
  severity: Severity;
  /** What has to be true, in words and symbols. */
  formula: string;
  run(view: View): Result;
}
