import { parseEther } from 'ethers';
import type { Commit, Draw, Round } from './chainRecord.ts';
import { people } from './people.ts';

// Rounds as the chain could have recorded them, for tests.

export const keeper = '0xB07';
export const week = 7 * 86_400;
const firstAnchor = Date.UTC(2026, 11, 2, 13) / 1000;

export function anchorAt(number: number): number {
  return firstAnchor + (number - 1) * week;
}

/**
 * Returns a commit of the bot.
 * @param lateSeconds the time from the round's anchor to the commit
 * @param blocksAfterAnchor the blocks from the round's anchor to the commit
 */
export function commitAt(number: number, lateSeconds = 0, blocksAfterAnchor = 0): Commit {
  return { by: keeper, block: number * 10, time: anchorAt(number) + lateSeconds, blocksAfterAnchor };
}

export function drawOf(winner: string, winningTicket: number, over: Partial<Draw> = {}): Draw {
  return {
    by: keeper,
    block: 14,
    blocksLate: 0,
    winner,
    winningTicket,
    prizeWei: parseEther('1.5'),
    ...over,
  };
}

/** Returns a regular round of Wednesday: Ada holds the tickets 0 to 4, Cleo 5 to 7. */
export function round(over: Partial<Round> = {}): Round {
  const number = over.number ?? 1;
  return {
    vault: 'Wednesday',
    number,
    anchor: anchorAt(number),
    purchases: [
      { buyer: people.Ada, count: 5 },
      { buyer: people.Cleo, count: 3 },
    ],
    commit: commitAt(number),
    draw: drawOf(people.Ada, 4, { block: number * 10 + 4 }),
    isSkipped: false,
    isPrizeClaimed: true,
    paidInWei: parseEther('8'),
    paidBackWei: parseEther('8') - 2n,
    ...over,
  };
}
