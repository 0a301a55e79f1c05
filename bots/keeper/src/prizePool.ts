import { contractMethod } from '@service-bots/core/rpc';
import { Interface, type LogDescription } from 'ethers';

/** The part of a V2 prize pool's contract that the keeper needs. */
export const prizePoolAbi = new Interface([
  'function nextExecutable() view returns (uint256 rid, uint8 action)',
  'function commit(uint256 rid)',
  'function settle(uint256 rid)',
  'function currentRoundId() view returns (uint256)',
  'function getCommitAfterTime(uint256 rid) view returns (uint64)',
  'function getRoundInfo(uint256 rid) view returns (uint8 state, uint64 salesEndTime, uint64 targetBlockNumber, uint32 totalTickets, uint256 totalPrincipalMON, uint256 totalShmonShares, uint256 principalSharesAtSettle, uint256 prizeShares, uint256 shareRateAtSettle, address winner, uint32 winningTicket, bool prizeClaimed)',
  'function paused() view returns (bool)',
  'function owner() view returns (address)',
  'event RoundStarted(uint256 indexed roundId, uint64 salesEndTime)',
  'event RoundCommitted(uint256 indexed roundId, uint64 targetBlockNumber)',
  'event RoundSettled(uint256 indexed roundId, address indexed winner, uint32 winningTicket, uint256 totalPrincipalMON, uint256 totalShmonShares, uint256 principalShares, uint256 prizeShares, uint256 shareRateAtSettle)',
  'event RoundSkipped(uint256 indexed roundId)',
  'event RoundFailed(uint256 indexed roundId)',
  'event Paused()',
  'event Unpaused()',
  'event OwnerTransferStarted(address indexed previousOwner, address indexed newOwner)',
  'event OwnerTransferred(address indexed previousOwner, address indexed newOwner)',
  'event TicketPriceUpdated(uint96 previousPrice, uint96 newPrice)',
  'error BadState()',
  'error SalesNotEnded()',
  'error TooEarly()',
  'error NoBlockhash()',
  'error Reentrant()',
  'error EnforcedPause()',
  'error NotOwner()',
]);

/** The only functions that the keeper's wallet may call. */
export const keeperFunctions = ['commit(uint256 rid)', 'settle(uint256 rid)'] as const;

/** The action that `nextExecutable` asks for, by its number. */
export const pendingActions = ['none', 'commit', 'settle', 'mark-failed'] as const;
export type PendingAction = (typeof pendingActions)[number];

/** A round's state, by its number. */
export const roundStates = ['open', 'committed', 'settled', 'skipped', 'failed'] as const;
export type RoundState = (typeof roundStates)[number];

/** The blocks after the target in which its hash is available to draw the winner. */
export const settleWindowBlocks = 255;

/** Returns null for a log that is none of a pool's events, or lacks their arguments. */
export function poolEventIn(log: { topics: readonly string[]; data: string }): LogDescription | null {
  try {
    return prizePoolAbi.parseLog(log);
  } catch {
    return null;
  }
}

export const poolReads = {
  nextExecutable: contractMethod<{ rid: bigint; action: bigint }>(prizePoolAbi, 'nextExecutable'),
  currentRoundId: contractMethod<bigint>(prizePoolAbi, 'currentRoundId'),
  commitAfterTime: contractMethod<bigint>(prizePoolAbi, 'getCommitAfterTime'),
  roundInfo: contractMethod<{ state: bigint; salesEndTime: bigint; targetBlockNumber: bigint }>(
    prizePoolAbi,
    'getRoundInfo',
  ),
  paused: contractMethod<boolean>(prizePoolAbi, 'paused'),
};
