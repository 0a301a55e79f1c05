import type { Severity } from '@service-bots/core/alerts';
import type { PoolEvent } from '../events.ts';
import type { History } from '../history.ts';
import type { OpenShorts } from '../openShorts.ts';
import type { InvariantPool } from '../pool.ts';
import type { Quantity } from '../quantity.ts';
import type { LedgerUnknown, ShortsLedger } from '../shortsLedger.ts';
import type { Snapshot } from '../snapshot.ts';
import type { OpeningPrices } from '../tradeEffects.ts';

/** All that a check may look at. */
export interface View {
  pool: InvariantPool;
  now: Snapshot;
  /** The block before, else the last in which LP shares had a price; undefined when the pool was not there yet. */
  before: Snapshot | undefined;
  /** The history of earlier blocks. */
  history: History;
  /** How many past checkpoints nothing is known of yet, and after how many blocks; absent when all were read. */
  unknownCheckpoints?: { count: number; blocks: number };
  /** The values that are read only after a check seems to fail. */
  closer?: CloserLook;
}

export interface CloserLook {
  /** Of the pool, after the block of `before`, up to and with the block of `now`; undefined when unreadable. */
  events: readonly PoolEvent[] | undefined;
  /** All that are outstanding, by maturity; undefined when unreadable. */
  openShorts: readonly OpenShorts[] | undefined;
  /** c at the opening of the positions in the events, by their maturity; undefined when unreadable. */
  openingPrices?: OpeningPrices | undefined;
  /** Every checkpoint that may be overdue, at both blocks; absent where the blocks' own readings have all of them. */
  checkpoints?: { before: Snapshot['pastCheckpoints']; now: Snapshot['pastCheckpoints'] } | undefined;
  /** The shares that there have to be behind shorts; undefined where the vault has lost nothing that is known of. */
  ledger?: ShortsLedger | LedgerUnknown | undefined;
}

/** How far a pool is from failing: more than 0 is left while it holds, less when it fails; 0 is the limit itself. */
export interface Headroom {
  left: Quantity;
  /** The same as a part of what it is measured by, 18 decimals; undefined where there is no such thing. */
  part: bigint | undefined;
}

/** The result of a check. */
export type Result =
  | { outcome: 'holds'; numbers: Quantity[]; headroom: Headroom; against?: number }
  | {
      outcome: 'fails';
      /** Where it is another than the check's own. */
      severity?: Severity;
      /** A sentence with the numbers that differ. */
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
      /** The check that fails for the same cause and raises the alert about it. */
      see?: string;
      /** An earlier failure has ended, because nothing is left that could fail. */
      isOver?: true;
      numbers?: Quantity[];
      against?: number;
    }
  /** It applies and could not be decided; with `see`, because of what that check fails for. */
  | { outcome: 'indeterminate'; reason: string; see?: string; numbers?: Quantity[]; against?: number };

/**
 * One invariant. Pure: everything it knows is in the view. It may throw `Unread`, `ArithmeticError` and `NotApplicable`.
 */
export interface Check {
  name: string;
  /** The meaning of a failure for operators, in a few words. */
  title: string;
  severity: Severity;
  /** Where a finding may be worse than that. */
  worst?: Severity;
  /** How severe it is at least, where something explains it. */
  least?: Severity;
  /** The invariant, in words and symbols. */
  formula: string;
  /** The values beside the block itself that the check uses, and a second opinion therefore reads again. */
  comparesWith?: readonly ('before' | 'history')[];
  run(view: View): Result;
}
