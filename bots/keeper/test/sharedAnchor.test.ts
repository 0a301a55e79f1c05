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

/**
 * Opens four pools whose anchor is four seconds ahead, and a keeper of all four whose wallet holds so many
 * MON.
 */
async function openAnchor(balance: string) {
  const anchor = await anchorAhead(scene);
  const options = Array.from({ length: 4 }, () => dueAt(anchor - 5 * minute));
  const pools = await scene.prizePools.addPools(options);
  for (const pool of pools) await pool.buyTickets();
  const wallet = await scene.wallet(parseEther(balance));
  const env = envOf(pools.map(pool => ({ pool, anchor })));
  await watching(await scene.startKeeper({ ...env, PRIVATE_KEY: wallet.privateKey }));
  await scene.moveTo(anchor - 4);
  return { pools, wallet };
}

describe('four pools with the same anchor, on Monad', () => {
  it('are committed one at a time where the wallet holds less than 10 MON', async () => {
    const { pools } = await openAnchor('9');
    const blocks = await Promise.all(
      pools.map(pool =>
        until('the commit', async () => (await eventsOf(scene.anvil, pool, 'RoundCommitted'))[0]?.block),
      ),
    );
    expect(new Set(blocks).size).toBe(blocks.length);
  });

  it('do not wait for each other where it holds more', async () => {
    const { wallet } = await openAnchor('11');
    const { time, provider } = scene.anvil;
    await time.setIntervalMining(0);
    const sent = () => provider.getTransactionCount(wallet.address, 'pending');
    const isSent = async () => (await sent()) > 0;
    // Each block stays the newest one for up to two seconds, so that it is not mined between a commit and the next look.
    await until('the first commit', async () => {
      await time.mine();
      return until('a commit', isSent, { timeoutMs: 2_000 }).catch(() => false);
    });
    // The other commits follow, although no further block is mined.
    await until('the other commits', async () => (await sent()) === 4);
    expect(await provider.getTransactionCount(wallet.address)).toBeLessThan(3);
  });
});
