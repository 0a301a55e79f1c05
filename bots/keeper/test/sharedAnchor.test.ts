import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { parseEther } from 'ethers';
import { anchorAhead, dueAt, envOf, eventsOf, minute, openScene, type Scene } from './scene.ts';
import { watching } from './watch.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene([]);
});
afterEach(() => scene.killKeepers());
afterAll(() => scene.close());

/** The blocks in which the commits of four pools with the same anchor are, in ascending order. */
async function commitBlocks(balance: string): Promise<number[]> {
  const anchor = await anchorAhead(scene);
  const options = Array.from({ length: 4 }, () => dueAt(anchor - 5 * minute));
  const pools = await scene.prizePools.addPools(options);
  for (const pool of pools) await pool.buyTickets();
  const wallet = await scene.wallet(parseEther(balance));
  const env = envOf(pools.map(pool => ({ pool, anchor })));
  const keeper = await scene.startKeeper({ ...env, PRIVATE_KEY: wallet.privateKey });
  await watching(keeper);
  await scene.moveTo(anchor - 4);
  const blocks = await Promise.all(
    pools.map(pool =>
      until('the commit', async () => (await eventsOf(scene.anvil, pool, 'RoundCommitted'))[0]?.block),
    ),
  );
  return blocks.toSorted((a, b) => a - b);
}

describe('four pools with the same anchor, on Monad', () => {
  it('do not wait for each other where the wallet holds 10 MON or more', async () => {
    const blocks = await commitBlocks('11');
    expect(new Set(blocks).size).toBeLessThan(blocks.length);
  });

  it('are committed one at a time where it holds less', async () => {
    const blocks = await commitBlocks('9');
    expect(new Set(blocks).size).toBe(blocks.length);
  });
});
