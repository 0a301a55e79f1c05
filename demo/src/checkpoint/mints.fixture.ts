import type { Minted } from './chainRecord.ts';

// Mints as the chain could have recorded them, for tests.

const day = 86_400;
const firstCheckpoint = Date.UTC(2026, 10, 29) / 1000;

export const cast = { bot: '0xB07', competitor: '0xC0', traders: ['0x7A', '0x7B'] };
export const dai = { address: '0xDA1', name: '7 Day DAI', decimals: 18, checkpointDuration: day };
export const usdc = { address: '0x05DC', name: '7 Day USDC', decimals: 6, checkpointDuration: 3_600 };
export const gho = { address: '0x6400', name: '7 Day GHO', decimals: 18, checkpointDuration: day };

/** Returns a time after the first checkpoint. */
export function at(days: number, seconds = 0): number {
  return firstCheckpoint + days * day + seconds;
}

/** Returns the bot's mint of the checkpoint `time`, in a block of `blockTime`. */
export function mint(pool: string, time: number, blockTime: number, over: Partial<Minted> = {}): Minted {
  return {
    pool,
    time,
    blockTime,
    maturedLongs: 5n * 10n ** 18n,
    maturedShorts: 0n,
    minter: cast.bot,
    hash: `0x${'ab'.repeat(32)}`,
    block: 7,
    paused: false,
    ...over,
  };
}
