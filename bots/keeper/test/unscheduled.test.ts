import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DevnetPrizePool, prizePoolInterfaces, until } from '@service-bots/devnet';
import {
  anchorAhead,
  dueAt,
  envOf,
  eventsOf,
  hour,
  minute,
  openScene,
  type Scene,
  transactionsOf,
} from './scene.ts';
import { alertLines, looks, over, troubles, watching } from './watch.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene([]);
});
afterAll(() => scene.close());

describe('a pool without a schedule, looked at every 30 s when nothing is due', () => {
  it('is committed as soon as the chain allows and settled in its first blocks, by timers and not by the interval', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pool = await scene.addPool(dueAt(due));
    await pool.buyTickets();
    await scene.moveTo(due - 8);
    const keeper = await scene.startKeeper({
      POOL_ADDRESSES_V2: pool.address,
      KEEPER_INTERVAL_MS: '30000',
      PRIVATE_KEY: (await scene.wallet()).privateKey,
    });
    await watching(keeper);
    expect(await over(pool, 1)).toBe('Settled');
    const [committed] = await eventsOf(scene.anvil, pool, 'RoundCommitted');
    // A few blocks: far less than the 18 s until the next regular look.
    expect((committed?.timestamp ?? 0) - due).toBeLessThan(10);
    const [settled] = await eventsOf(scene.anvil, pool, 'RoundSettled');
    expect((settled?.block ?? 0) - Number(committed?.args.targetBlockNumber)).toBeLessThan(25);
    await keeper.stop();
  });
});

/** An account of less than 10 MON may have one transaction in flight. */
const oneInFlight = 5n * 10n ** 18n;

describe('eight pools due at the same moment, with one transaction in flight at a time', () => {
  it('are all committed and settled in their windows, draws before further commits', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pools = await scene.prizePools.addPools(Array.from({ length: 8 }, () => dueAt(due)));
    for (const pool of pools) await pool.buyTickets();
    const wallet = await scene.wallet(oneInFlight);
    const keeper = await scene.startKeeper({
      POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
      PRIVATE_KEY: wallet.privateKey,
    });
    await watching(keeper);
    await scene.moveTo(due - 3);
    for (const pool of pools) expect(await over(pool, 1)).toBe('Settled');

    const sent = await transactionsOf(scene.anvil, wallet.address);
    expect(sent).toHaveLength(16);
    // At most one a block: each is mined before the next one is broadcast.
    expect(new Set(sent.map(({ block }) => block)).size).toBe(16);
    // A draw is due four blocks after its commit: at most a few wait at a time, however slow the machine is.
    const { selector } = prizePoolInterfaces.pool.getFunction('commit') as { selector: string };
    const waiting = sent.map(({ data }, i) => {
      const commits = sent.slice(0, i + 1).filter(call => call.data.startsWith(selector)).length;
      return data.startsWith(selector) ? 2 * commits - (i + 1) : 0;
    });
    expect(Math.max(...waiting)).toBeLessThanOrEqual(6);
    expect(troubles(keeper)).toEqual([]);
  });
});

describe('three pools whose commits were due while no keeper ran, with one transaction in flight at a time', () => {
  it('are committed one after the other, and no waiting pool raises an alert', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pools = await scene.prizePools.addPools(Array.from({ length: 3 }, () => dueAt(due)));
    await scene.moveTo(due + 20 * minute);
    const keeper = await scene.startKeeper({
      POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
      PRIVATE_KEY: (await scene.wallet(oneInFlight)).privateKey,
    });
    for (const pool of pools) expect(await over(pool, 1)).toBe('Skipped');
    await looks(keeper, 2);
    expect(alertLines(keeper, 'overdue')).toEqual([]);
    expect(troubles(keeper)).toEqual([]);
    await keeper.stop();
  });
});

describe('a draw that becomes due while a commit is held for its anchor', () => {
  it('is made right after it', async () => {
    const anchor = await anchorAhead(scene);
    const [drawn, scheduled] = (await scene.prizePools.addPools([
      dueAt(anchor - 5 * minute),
      dueAt(anchor - 5 * minute),
    ])) as [DevnetPrizePool, DevnetPrizePool];
    for (const pool of [drawn, scheduled]) await pool.buyTickets();
    // Another account has committed it, so that the keeper has nothing in hand when the other pool's time
    // comes.
    await scene.moveTo(anchor - 5 * minute);
    const keeper = await scene.startKeeper({
      ...envOf([drawn, scheduled].map(pool => ({ pool, anchor }))),
      PRIVATE_KEY: (await scene.wallet(oneInFlight)).privateKey,
    });
    await watching(keeper);
    await scene.moveTo(anchor - 4);
    await until('the commit is about to be held', async () => (await scene.now()) >= anchor - 2);
    await drawn.commit();
    for (const pool of [drawn, scheduled]) expect(await over(pool, 1)).toBe('Settled');
    const { target, settled } = await drawOf(drawn);
    expect(settled - target).toBeLessThan(40);
    const [committed] = await eventsOf(scene.anvil, scheduled, 'RoundCommitted');
    expect(committed?.timestamp).toBeGreaterThanOrEqual(anchor);
    expect((committed?.timestamp ?? 0) - anchor).toBeLessThan(10);
    expect(troubles(keeper)).toEqual([]);
    await keeper.stop();
  });
});

/** Returns the first possible block of the draw, and the actual one. */
async function drawOf(pool: DevnetPrizePool): Promise<{ target: number; settled: number }> {
  const [committed] = await eventsOf(scene.anvil, pool, 'RoundCommitted');
  const [settled] = await eventsOf(scene.anvil, pool, 'RoundSettled');
  return { target: Number(committed?.args.targetBlockNumber), settled: settled?.block ?? 0 };
}
