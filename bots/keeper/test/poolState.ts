import type { Round } from '../src/rounds.ts';
import type { PoolState } from '../src/snapshot.ts';

/** Returns seconds since 1970 of a written time: `2026-11-25T13:00:00Z`. */
export function at(moment: string): number {
  return Date.parse(moment) / 1000;
}

/** Returns the round before the open one, while its draw waits for this block. */
export function committed(targetBlock: number): Round {
  return { state: 'committed', salesEndAt: at('2026-11-19T12:55:00Z'), targetBlock };
}

/**
 * Returns a pool in its seventh round, which can be committed from Wed 2026-11-25 12:55 UTC; nothing is due.
 */
export function poolState(changes: Partial<PoolState> = {}): PoolState {
  const eligibleAt = changes.eligibleAt ?? at('2026-11-25T12:55:00Z');
  return {
    due: { round: 7n, action: 'none' },
    current: 7n,
    open: { state: 'open', salesEndAt: eligibleAt - 518_100, targetBlock: 0 },
    previous: { state: 'settled', salesEndAt: eligibleAt - 518_100 - 604_800, targetBlock: 900 },
    eligibleAt,
    previousEligibleAt: eligibleAt - 604_800,
    older: [],
    paused: false,
    unread: [],
    ...changes,
  };
}
