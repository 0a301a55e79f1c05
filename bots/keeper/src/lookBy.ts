import type { Due } from '@service-bots/core/runtime';
import { settleWindowBlocks } from './prizePool.ts';
import type { PoolState } from './snapshot.ts';

/** Two seconds on Monad, of a draw's window of a hundred. */
const fewBlocks = 5;

/**
 * Returns the latest time of the next look at a pool, regardless of the interval. Another account may commit
 * as soon as a commit is possible, and a reorg may undo an action: both start or reopen a draw, whose window
 * is 255 blocks.
 * @param movedAt the block at which the pool was last seen to have moved
 */
export function lookByOf(
  { due, previous, eligibleAt }: PoolState,
  head: { number: number; timestamp: number },
  movedAt: number | undefined,
): Due {
  const isDrawOpen = previous?.state === 'committed';
  const isCommitPossible = due?.action !== 'none' || eligibleAt === undefined || head.timestamp >= eligibleAt;
  const lastMove = Math.max(movedAt ?? 0, previous?.targetBlock ?? 0);
  const mayBeUndone = lastMove > 0 && head.number <= lastMove + settleWindowBlocks;
  if (isDrawOpen || isCommitPossible || mayBeUndone) return closely(head.number);
  return { what: 'look again', chainTime: eligibleAt };
}

/** After the next few blocks. */
export function closely(head: number): Due {
  return { what: 'look again', block: head + fewBlocks };
}
