import type { Severity } from '@service-bots/core/alerts';
import type { History } from '../pools/history.ts';
import type { InvariantPool } from '../pools/InvariantPool.ts';
import type { PoolEvent } from '../readings/events.ts';
import type { Snapshot } from '../readings/index.ts';
import type { OpenShorts } from '../readings/openShorts.ts';
import type { Quantity } from '../readings/quantity.ts';
import type { LedgerUnknown, ShortsLedger } from '../readings/shortsLedger.ts';
import type { OpeningPrices } from './tradeEffects.ts';

/** The inputs of a check. */
export interface View {
  pool: InvariantPool;
  now: Snapshot;
  /**
   * The previous block. If LP shares had no price in it, the last block in which they had one (see
   * `comparedWith`). Undefined when the pool did not exist yet.
   */
  before: Snapshot | undefined;
  /** The history of earlier blocks. */
  history: History;
  /**
   * The number of past checkpoints that are not read yet, and of the blocks so far; absent when all were
   * read.
   */
  unknownCheckpoints?: { count: number; blocks: number };
  /** The values that are read only after a check seems to fail. */
  diagnostics?: Diagnostics;
}

export interface Diagnostics {
  /**
   * The pool's events after the block of `before`, up to and including the block of `now`; undefined when
   * unreadable.
   */
  events: readonly PoolEvent[] | undefined;
  /** All outstanding shorts, by maturity; undefined when unreadable. */
  openShorts: readonly OpenShorts[] | undefined;
  /** The vault share price when the positions of the events were opened, by their maturity; undefined when it cannot be read. */
  openingPrices?: OpeningPrices | undefined;
  /** Every checkpoint that may be overdue, at both blocks; absent where the blocks' own readings have all of them. */
  checkpoints?: { before: Snapshot['pastCheckpoints']; now: Snapshot['pastCheckpoints'] } | undefined;
  /** The shares that there must be behind shorts; undefined where no loss of the vault is known. */
  shortsLedger?: ShortsLedger | LedgerUnknown | undefined;
}

/** Values beside the block's own readings that a check uses. Diagnostics are read once the check seems to fail. */
export type Need = 'before' | 'history' | keyof Diagnostics;

/**
 * A condition that keeps several checks from deciding. A single check reports it as its failure, and the
 * others leave it to that check.
 */
export type Condition =
  | 'the pool does not answer'
  | 'the vault gives no price'
  | 'the pool is not initialised'
  | 'LP shares have no value'
  /** A contract refuses a value, whichever contract it is. */
  | 'a contract does not answer';

/**
 * A pool's distance to a failure: positive while the check holds, negative when it fails; 0 is the limit
 * itself.
 */
export interface Headroom {
  left: Quantity;
  /** The distance as a part of its measure, 18 decimals; undefined where there is no measure. */
  part: bigint | undefined;
}

/** The result of a check. */
export type Result =
  | { outcome: 'holds'; numbers: Quantity[]; headroom: Headroom; against?: number }
  | {
      outcome: 'fails';
      /** The severity, where it differs from the check's own. */
      severity?: Severity;
      /** A sentence with the numbers that differ. */
      message: string;
      /** The amount by which it fails. */
      by?: Quantity;
      /** Whether the vault is the cause, so that pools of the same vault are one alert. */
      isByVault?: true;
      numbers: Quantity[];
      headroom?: Headroom;
      /** The block that this one was compared with, where the check compares blocks. */
      against?: number;
    }
  /** The check does not apply, or has no result yet; neither healthy nor failing. */
  | ({
      outcome: 'skipped';
      reason: string;
      /** An earlier failure has ended, because nothing is left that could fail. */
      isOver?: true;
      numbers?: Quantity[];
      against?: number;
    } & LeftToAnother)
  /** The check applies and could not be decided. */
  | ({ outcome: 'indeterminate'; reason: string; numbers?: Quantity[]; against?: number } & LeftToAnother);

interface LeftToAnother {
  /** Why the check does not decide, where another check reports that. */
  condition?: Condition;
  /** The check that fails because of the condition and raises the alert about it. Set by `evaluate`. */
  see?: string;
}

/**
 * An invariant. Pure: all its inputs are in the view. It may throw `Unread`, `ArithmeticError` and
 * `NotApplicable`.
 */
export interface Check {
  name: string;
  /** The meaning of a failure for operators, in a few words. */
  title: string;
  severity: Severity;
  /** The highest severity of a finding, where it can be above `severity`. */
  worst?: Severity;
  /** The lowest severity, where something explains the finding. */
  least?: Severity;
  /** The invariant, in words and symbols. */
  formula: string;
  /** The effect of a failure on money, as a clause for the alert: `the last traders to close get nothing`. */
  impact: string;
  /** The first step of the on-call engineer, as a clause in the imperative. */
  firstStep: string;
  needs?: readonly Need[];
  /** The conditions that this check reports for all checks. */
  reports?: readonly Condition[];
  /** Whether a failure shows a loss of the vault, or may follow from one. */
  vaultLoss?: 'shows' | 'follows';
  /** The check compares with an average over the checkpoint: any trade since its beginning may be the reason. */
  isOverCheckpoint?: true;
  run(view: View): Result;
}
