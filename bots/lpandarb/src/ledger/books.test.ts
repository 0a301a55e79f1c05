import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PoolLook } from '../reading/readSnapshot.ts';
import { closeBooks, completeBooks } from './books.ts';
import { Ledger } from './Ledger.ts';

const wallet = `0x${'77'.repeat(20)}`;
const [kept, left] = ['aa', 'bb'].map(byte => `0x${byte.repeat(20)}`) as [string, string];
const bonds = [{ side: 'long' as const, maturity: 1_800_000_000, bonds: 10n, value: 9n }];
const lookAt = (address: string) =>
  ({
    pool: { address, name: address, decimals: 18 },
    view: {},
    marked: { positions: { lpShares: 0n, withdrawalShares: 0n, bonds }, liquidity: 0n },
  }) as unknown as PoolLook;
const head = (number: number) => ({ number, timestamp: 1_790_000_000 }) as never;

let ledger: Ledger;
let ranges: unknown[];
beforeEach(() => {
  ledger = new Ledger(':memory:');
  ranges = [];
});
afterEach(() => ledger.close());

const complete = (pools: readonly string[], block: number) => {
  const logs = {
    read: async (_: unknown, from: number, to: number) => {
      ranges.push([from, to]);
      return [];
    },
  };
  return completeBooks({ logs } as never, ledger, { wallet, looks: pools.map(lookAt), head: head(block) });
};

describe('completeBooks', () => {
  it('books the positions of a new pool as its first ones', async () => {
    await complete([kept], 5);
    expect(ledger.tradesOf(kept)).toMatchObject([{ kind: 'open-long', paid: '9' }]);
    expect(ranges).toEqual([]);
  });

  it('books no first positions of a pool that the ledger of an earlier version knows', async () => {
    ledger.name({ address: kept, name: 'Pool', decimals: 18 });
    ledger.setValue('booked up to block', '5');
    await complete([kept], 900);
    expect(ledger.tradesOf(kept)).toEqual([]);
    expect(ranges).toEqual([[6, 900]]);
  });

  it('reads the trades of a pool from the block at which it was left', async () => {
    for (const address of [kept, left]) ledger.name({ address, name: address, decimals: 18 });
    await complete([kept, left], 5);
    closeBooks(ledger, head(1_000), [kept, left]);
    // The pool is taken out of the list at block 1,000, and is back at block 3,100.
    for (const block of [2_000, 3_000]) closeBooks(ledger, head(block), [kept]);
    await complete([kept, left], 3_100);
    closeBooks(ledger, head(3_100), [kept, left]);
    await complete([kept, left], 4_000);
    expect(ranges).toEqual([
      [1_001, 3_100],
      [3_101, 4_000],
    ]);
  });

  it('reads the blocks again that a reorg may have replaced', async () => {
    await complete([kept], 1_000);
    closeBooks(ledger, head(1_000), [kept]);
    await complete([kept], 1_010);
    expect(ranges).toEqual([[947, 1_010]]);
  });
});
