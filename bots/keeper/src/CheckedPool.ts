import type { Anchor } from '@service-bots/core/prizePool';
import type { LatePolicy } from './commitPlan.ts';
import type { PoolState } from './snapshot.ts';

/** The inputs of the checks on one pool. */
export interface CheckedPool {
  address: string;
  name: string;
  anchor: Anchor | undefined;
  state: PoolState;
  head: { number: number; timestamp: number };
  /** This machine's time, seconds since 1970. */
  now: number;
  policy: LatePolicy;
  /** Seconds that a commit may be due and not done. */
  overdueSeconds: number;
  /** The block at which this keeper first looked at it; undefined where that is not known. */
  watchedFrom: number | undefined;
  /** This keeper holds its commit back until gas is cheaper, or until the time for that is over. */
  waitsForPrice: boolean;
  /**
   * The obstacle to this keeper's sending lies outside of the pool: nothing is sent for other pools either.
   */
  cannotSend: boolean;
}
