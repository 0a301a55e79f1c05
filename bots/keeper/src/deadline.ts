import { settleWindowBlocks } from './prizePool.ts';

/** The period in which an action has to be done, or a draw or the schedule is lost for good. */
export type Deadline =
  | {
      /** Blocks: from the target on, up to the last one in which the draw can be made. */
      firstBlock: number;
      lastBlock: number;
    }
  | {
      /** Seconds since 1970: from the anchor on, for as long as a late commit heals by itself. */
      from: number;
      until: number;
    };

/** A moment of the chain and of this machine. */
export interface Moment {
  head: { number: number; timestamp: number };
  /** Milliseconds since 1970. */
  nowMs: number;
}

export function drawDeadline(targetBlock: number): Deadline {
  return { firstBlock: targetBlock, lastBlock: targetBlock + settleWindowBlocks };
}

/** A draw that is not made within this many blocks is in danger: a quarter of its window has passed. */
export const settleToleranceBlocks = Math.floor(settleWindowBlocks / 4);

/**
 * Returns how long an action may wait for a lower price, in ms: half of a commit's lead and a quarter of a
 * draw's window. The rest of the time is for the transaction to be mined, and for a person.
 */
export function patienceMsOf(
  deadline: Deadline | undefined,
  { head, nowMs }: Moment,
  blockTimeMs: number,
): number {
  if (!deadline) return 0;
  const leftMs =
    'lastBlock' in deadline
      ? (deadline.firstBlock + settleToleranceBlocks - head.number) * blockTimeMs
      : ((deadline.from + deadline.until) / 2) * 1000 - Math.max(nowMs, head.timestamp * 1000);
  return Math.max(leftMs, 0);
}

/**
 * @returns whether the deadline can still be met, by the chain for blocks and by the later of both clocks for
 * a time
 */
export function isRunning(deadline: Deadline | undefined, { head, nowMs }: Moment): boolean {
  if (!deadline) return false;
  if ('lastBlock' in deadline) return head.number < deadline.lastBlock;
  return Math.max(head.timestamp, nowMs / 1000) <= deadline.until;
}
