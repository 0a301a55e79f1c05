import type { Block } from '@service-bots/core/rpc';
import type { Snapshot } from './readSnapshots.ts';

/** Returns the snapshot of a block that could not be read: every value in it makes a check indeterminate. */
export function unreadSnapshot(block: Block, reason: string): Snapshot {
  const unread = { ok: false, reason } as const;
  return {
    block,
    market: unread,
    vaultSharePrice: unread,
    lpSharePrice: unread,
    lpTotalSupply: unread,
    withdrawalSharesProceeds: unread,
    governanceFees: unread,
    actualShares: unread,
    baseBalance: unread,
    ethBalance: unread,
    weightedSpotPrice: unread,
    pastCheckpoints: unread,
    latestCheckpoint: unread,
  };
}
