import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type DevnetPrizePool, misbehavingPool, openAlertsOf, until } from '@service-bots/devnet';
import { anchorAhead, anchorOf, dueAt, eventsOf, minute, openScene, type Scene } from './scene.ts';
import { over, watching } from './watch.ts';

/** Blocks every 0.4 s, on a chain whose row in the table has 1 s. */
let scene: Scene;
beforeAll(async () => {
  scene = await openScene([], { chainId: 31_337, blockTime: 0.4 });
});
afterEach(() => scene.killKeepers());
afterAll(() => scene.close());

/** Returns the blocks between the first possible one of the draw and the actual one. */
async function blocksLate(pool: DevnetPrizePool, round: number): Promise<number> {
  const { targetBlockNumber } = await pool.roundInfo(round);
  const settled = (await eventsOf(scene.anvil, pool, 'RoundSettled')).find(event => event.round === round);
  return (settled?.block ?? Number.NaN) - targetBlockNumber - 1;
}

describe('three pools whose draws and commits overlap', () => {
  it('are each drawn as soon as possible, while the commit of another is held for its anchor', async () => {
    const anchor = await anchorAhead(scene);
    const scheduled = await scene.addPool(dueAt(anchor - 5 * minute));
    // Drawn four blocks after their commits: just before the anchor, while its commit is ready and held.
    const [early, late] = [await scene.addPool(dueAt(anchor - 3)), await scene.addPool(dueAt(anchor - 2))];
    const pools = [scheduled, early, late];
    const wallet = await scene.wallet();
    const keeper = await scene.startKeeper({
      PRIVATE_KEY: wallet.privateKey,
      POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
      POOL_SCHEDULE_V2: `${scheduled.address}:${anchorOf(anchor)}`,
    });
    await watching(keeper);
    for (const pool of pools) await pool.buyTickets();
    await scene.moveTo(anchor - 9);
    for (const pool of pools) expect(await over(pool, 1)).toBe('Settled');
    // The bench asserts the very first block; a busy machine may cost one, a held commit costs up to four.
    for (const pool of pools) expect(await blocksLate(pool, 1)).toBeLessThanOrEqual(1);
  });
});

describe('draws that cannot be made, beside a draw that can', () => {
  it('do not delay that draw, whether they are refused or revert', async () => {
    const due = await anchorAhead(scene);
    const pools = [
      await scene.addPool(dueAt(due)),
      await scene.addPool(dueAt(due)),
      await scene.addPool(dueAt(due)),
    ];
    const [refused, reverted, healthy] = pools as [DevnetPrizePool, DevnetPrizePool, DevnetPrizePool];
    for (const [pool, when] of [
      [refused, {}],
      [reverted, { minedOnly: true }],
    ] as const) {
      const odd = await misbehavingPool(scene.anvil, pool);
      await odd.rule('settle', { revertsWithError: 'NoBlockhash' }, when);
    }
    const wallet = await scene.wallet();
    // Listed last, and committed last, so that nothing gives it an advantage.
    const keeper = await scene.startKeeper({
      PRIVATE_KEY: wallet.privateKey,
      POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
    });
    await watching(keeper);
    for (const pool of pools) await pool.buyTickets();
    await scene.moveTo(due);
    expect(await over(healthy, 1)).toBe('Settled');
    expect((await refused.roundInfo(1)).state).toBe('Committed');
    expect((await reverted.roundInfo(1)).state).toBe('Committed');
    await until('both are named', async () => {
      const named = await openAlertsOf(keeper, 'quarantined');
      const grave = named.filter(({ severity }) => severity === 'critical').map(({ pool }) => pool);
      return [refused, reverted].every(({ address }) => grave.includes(address));
    });
  });
});
