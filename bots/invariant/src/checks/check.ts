import type { Severity } from '@service-bots/core/alerts';
import type { PoolEvent } from '../events.ts';
import type { History } from '../history.ts';
import type { OpenShorts } from '../openShorts.ts';
import type { InvariantPool } from '../pool.ts';
import type { Quantity } from '../quantity.ts';
import type { Snapshot } from '../snapshot.ts';

/** All that a check may look at. */
export interface View {
  pool: InvariantPool;
  now: Snapshot;
  /** The block before; undefined when the pool was not there yet. */
  before: Snapshot | undefined;
  /** What is remembered of earlier blocks. */
  history: History;
  /** How many past checkpoints nothing is known of yet, and for how many seconds by now; absent when all were read. */
  unknownCheckpoints?: { count: number; sinceSeconds: number };
  /** What is read only once something seems wrong. */
  closer?: CloserLook;
}

export interface CloserLook {
  /** Of the pool, after the block of `before`, up to and with the block of `now`; undefined when unreadable. */
  events: readonly PoolEvent[] | undefined;
  /** All that are outstanding, by maturity; undefined when unreadable. */
  openShorts: readonly OpenShorts[] | undefined;
}

/** How far a pool is from failing: more than 0 is left while it holds, less when it fails; 0 is the limit itself. */
export interface Headroom {
  left: Quantity;
  /** The same as a part of what it is measured by, 18 decimals; undefined where there is no such thing. */
  part: bigint | undefined;
}

/** What a check came to. */
export type Result =
  | { outcome: 'holds'; numbers: Quantity[]; headroom: Headroom; against?: number }
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
      /** The block whose numbers this one's were compared with, where the check compares blocks. */
      against?: number;
    }
  /** It does not apply, or nothing can be told yet; neither healthy nor failing. */
  | {
      outcome: 'skipped';
      reason: string;
      /** What may have failed before is over: there is nothing left that could. */
      isOver?: true;
      numbers?: Quantity[];
      against?: number;
    }
  /** It applies and could not be decided. */
  | { outcome: 'indeterminate'; reason: string; numbers?: Quantity[]; against?: number };

/** One invariant. Pure: everything it knows is in the view. It may throw `Unread` and `ArithmeticError`. */
export interface Check {
  name: string;
  /** What it means for operators when it fails, in a few words. */
  title: string;
  severity: Severity;
  /** Where a finding may be worse than that. */
  worst?: Severity;
  /** What has to be true, in words and symbols. */
  formula: string;
  /** What it looks at beside the block itself, and so has to be read again for a second opinion. */
  comparesWith?: readonly ('before' | 'history')[];
  run(view: View): Result;
}
