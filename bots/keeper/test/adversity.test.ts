import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type DevnetPrizePool,
  openAlertsOf,
  raised,
  resolved,
  startProxy,
} from '@service-bots/devnet';
import { dueAt, hour, openScene, type Scene, transactionsOf } from './scene.ts';
import { alertLines, looks, over, statusOf, watching } from './watch.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene([]);
});
afterEach(() => scene.killKeepers());
afterAll(() => scene.close());

async function start(pools: readonly DevnetPrizePool[], env: Record<string, string> = {}) {
  const keeper = await scene.startKeeper({
    POOL_ADDRESSES_V2: pools.map(({ address }) => address).join(','),
    PRIVATE_KEY: (await scene.wallet()).privateKey,
    ...env,
  });
  await watching(keeper);
  return keeper;
}

/** Lets the pool answer everything as before, but refuse every commit with an unknown error. */
async function refuseCommits({ provider, send }: Anvil, { address, contract }: DevnetPrizePool) {
  const code = await provider.getCode(address);
  const real = `0x${'5e'.repeat(20)}`;
  await send('anvil_setCode', [real, code]);
  const { selector } = contract.interface.getFunction('commit') as { selector: string };
  const stubborn = [
    '5f3560e01c', // the selector of the call
    `63${selector.slice(2)}14603457`, // commit(uint256): jump to 0x34
    '365f5f37', // everything else: the same call
    `5f5f365f73${real.slice(2)}5af4`, // to the real code, with this storage
    '3d5f5f3e3d5ff3', // and its answer back
    '5b63deadbeef5f526004601cfd', // 0x34: revert with 0xdeadbeef
  ].join('');
  await send('anvil_setCode', [address, `0x${stubborn}`]);
  return () => send('anvil_setCode', [address, code]);
}

describe('a pool that asks for a commit and refuses each try', () => {
  it('is raised once and tried ever more rarely; the other pool continues, and so does this pool once it accepts', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pools = await scene.prizePools.addPools([dueAt(due), dueAt(due)]);
    const [bad, good] = pools as [DevnetPrizePool, DevnetPrizePool];
    for (const pool of pools) await pool.buyTickets();
    const heal = await refuseCommits(scene.anvil, bad);
    const proxy = await startProxy(scene.anvil);
    const keeper = await start(pools, { RPC_URL: proxy.rpcUrl });
    await scene.moveTo(due);

    const alert = await raised(keeper, 'quarantined', 'error');
    expect(alert).toMatchObject({ pool: bad.address });
    expect(alert.message).toContain('0xdeadbeef');
    expect(await over(good, 1)).toBe('Settled');
    const before = proxy.callCount('eth_estimateGas');
    await looks(keeper, 8);
    expect(proxy.callCount('eth_estimateGas') - before).toBeLessThanOrEqual(4);
    expect((await statusOf(keeper)).pools.find(({ address }) => address === bad.address)?.next?.what).toBe(
      'commit round 1 again',
    );
    expect(alertLines(keeper, 'quarantined')).toEqual(['error']);
    expect(await openAlertsOf(keeper, 'pool-failing')).toEqual([]);

    await heal();
    await scene.moveTo((await scene.now()) + 2 * hour);
    expect(await over(bad, 1)).toBe('Settled');
    await resolved(keeper, 'quarantined');
    await proxy.close();
  });
});

describe('a wall clock that differs from the chain', () => {
  it.each([
    ['ahead of', 30_000],
    ['behind', -30_000],
  ])('%s it by half a minute is an error until it is put right', async (way, ms) => {
    const pool = await scene.addPool({});
    const keeper = await start([pool]);
    const rightMs = (await scene.anvil.time.aheadSeconds()) * 1000;
    await keeper.shiftClock(rightMs + ms);
    expect((await raised(keeper, 'clock-skew', 'error')).message).toMatch(
      new RegExp(`^this machine's clock is (2\\d|3[012])\\.\\d s ${way} the chain's`),
    );
    await keeper.shiftClock(rightMs);
    await resolved(keeper, 'clock-skew');
    expect(alertLines(keeper, 'clock-skew')).toEqual(['error', 'info']);
  });
});

describe('a dry run', () => {
  it('simulates its transactions, and sends nothing', async () => {
    const due = (await scene.now()) + 2 * hour;
    const pool = await scene.addPool(dueAt(due));
    await pool.buyTickets();
    const wallet = await scene.wallet();
    const keeper = await start([pool], { PRIVATE_KEY: wallet.privateKey, KEEPER_DRY_RUN: 'true' });
    await scene.moveTo(due);
    await keeper.waitForLine(({ message }) => message.startsWith('dry run: would commit round 1'));
    await pool.commit();
    await keeper.waitForLine(({ message }) => message.startsWith('dry run: would settle round 1'));
    await looks(keeper, 2);
    expect(await transactionsOf(scene.anvil, wallet.address)).toEqual([]);
    expect((await pool.roundInfo(1)).state).toBe('Committed');
  });
});
