import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DevnetPool,
  faults,
  type RpcProxy,
  startProxy,
  until,
  weeklyPool,
  wsFaults,
} from '@service-bots/devnet';
import { parseEther, parseUnits } from 'ethers';
import { alert, alertsOf, openScene, over, type Scene, statusOf, waitUntilChecked } from './scene.ts';

let scene: Scene;
let pool: DevnetPool;
let proxy: RpcProxy;

const head = async () => (await scene.anvil.time.latest()).number;
const start = (env: Record<string, string> = {}) => scene.startBot({ RPC_URI: proxy.rpcUrl, ...env });
/** Mines one block in which the pool holds ETH; in the next it does not. @returns its number */
async function brokenForOneBlock(): Promise<number> {
  const { number } = await scene.anvil.time.mine();
  // An edit is part of the newest block, until another one is mined.
  await scene.anvil.setBalance(pool.address, parseEther('1'));
  await scene.anvil.time.mine();
  await scene.anvil.setBalance(pool.address, 0n);
  await scene.anvil.time.mine();
  return number;
}
/** @returns the block of a trade */
async function trade(): Promise<number> {
  const { hash } = await pool.openLong(parseUnits('100', 18));
  const receipt = await scene.anvil.provider.getTransactionReceipt(hash);
  return receipt?.blockNumber ?? Number.NaN;
}

beforeAll(async () => {
  scene = await openScene([weeklyPool('Watched'), weeklyPool('Other')]);
  pool = scene.devnet.pool('Watched');
  await trade();
});
afterEach(async () => {
  await scene.killBots();
  await proxy.close();
});
afterAll(() => scene.close());

const withProxy = (name: string, test: () => Promise<void>) =>
  it(name, async () => {
    proxy = await startProxy(scene.anvil);
    await test();
  });

describe('every block', () => {
  withProxy('catches up on all that came while the nodes were away', async () => {
    const bot = start();
    await waitUntilChecked(bot, await head());
    await proxy.setFault(faults.http500);
    await scene.anvil.time.mine(20);
    const broken = await brokenForOneBlock();
    await scene.anvil.time.mine(20);
    await proxy.clearFault();
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: broken });
    await over(scene, bot, 'eth-balance');
    const { details, pools } = await waitUntilChecked(bot, await head());
    expect(details).toMatchObject({ mode: 'every-block', waiting: 0, skipped: 0 });
    expect(pools[0]?.details.vault).toBe(await pool.vault.getAddress());
  });

  withProxy('says how many blocks it skips, beyond its limit', async () => {
    const bot = start({ INVARIANT_CATCH_UP_BLOCKS: '10' });
    await waitUntilChecked(bot, await head());
    await proxy.setFault(faults.http500);
    await scene.anvil.time.mine(30);
    await proxy.clearFault();
    expect(await alert(bot, 'blocks-skipped')).toMatchObject({ count: 20, severity: 'warning' });
    expect((await waitUntilChecked(bot, await head())).details.skipped).toBe(20);
    expect((await bot.get('/metrics')).body).toMatch(/^invariant_blocks_skipped\{bot="invariant"\} 20$/m);
  });

  withProxy('says so when it does not keep up', async () => {
    // A round ends after a third of its time, even if blocks still wait.
    const bot = scene.startBot({ RPC_URI: proxy.rpcUrl, ROUND_TIMEOUT_SECONDS: '3' }, { clockShiftMs: 0 });
    await waitUntilChecked(bot, await head());
    const slowly = async ({ method }: { method: string }) => {
      if (method === 'eth_call') await delay(400);
      return undefined;
    };
    proxy.intercept(slowly);
    await scene.anvil.time.mine(300);
    await until('blocks wait', async () => (await statusOf(bot)).details.waiting > 0);
    await bot.shiftClock(301_000);
    expect(await alert(bot, 'falling-behind')).toMatchObject({ severity: 'error', head: await head() });
    proxy.intercept(undefined);
    await over(scene, bot, 'falling-behind');
  });

  withProxy('after a restart it goes on where it stopped', async () => {
    const STATE_DIR = scene.folder();
    const first = start({ STATE_DIR });
    await waitUntilChecked(first, await head());
    await first.stop();
    await scene.anvil.time.mine(10);
    const broken = await brokenForOneBlock();
    await scene.anvil.time.mine(3);
    const second = start({ STATE_DIR });
    expect(await alert(second, 'eth-balance')).toMatchObject({ block: broken });
    expect((await waitUntilChecked(second, await head())).details.skipped).toBe(0);
  });

  withProxy('checks again what a reorg has replaced', async () => {
    const bot = start();
    await scene.anvil.time.mine(3);
    await waitUntilChecked(bot, await head());
    const before = await scene.anvil.send('evm_snapshot');
    const fork = await head();
    await scene.anvil.setBalance(pool.address, parseEther('1'));
    await scene.anvil.time.mine(2);
    await alert(bot, 'eth-balance');
    await waitUntilChecked(bot, fork + 2);
    // A longer, different history from the same block.
    await scene.anvil.send('evm_revert', [before]);
    await scene.anvil.time.increase(60);
    await scene.anvil.time.mine(3);
    await over(scene, bot, 'eth-balance');
    expect((await waitUntilChecked(bot, await head())).details.skipped).toBe(0);
    expect(alertsOf(bot, 'check-indeterminate')).toEqual([]);
  });

  withProxy('a websocket that breaks loses nothing', async () => {
    const bot = start({ WS_RPC_URI: proxy.wsUrl });
    await waitUntilChecked(bot, await head());
    await scene.anvil.time.mine();
    await bot.waitForLine(({ message }) => message === 'new blocks arrive by websocket');
    await proxy.ws.setFault(wsFaults.refuse);
    const broken = await brokenForOneBlock();
    await scene.anvil.time.mine(3);
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: broken });
    await waitUntilChecked(bot, await head());
  });

  withProxy('picks up a new pool while it runs', async () => {
    const bot = start();
    await waitUntilChecked(bot, await head());
    const added = await scene.devnet.addPool(weeklyPool('Added'));
    await bot.waitForLine(
      ({ message, pool: found }) => message === 'new pool found' && found === added.address,
    );
    await scene.anvil.setBalance(added.address, 1n);
    await scene.anvil.time.mine();
    await bot.waitForLine(({ check, pool: told }) => check === 'eth-balance' && told === added.address);
    await scene.anvil.setBalance(added.address, 0n);
    await scene.devnet.unregisterPool(added.address);
    await bot.waitForLine(({ message }) => message.startsWith('the pool is no longer listed'));
  });
});

describe('a registry that lists no pools', () => {
  withProxy('is told: a bot that watches nothing looks healthy', async () => {
    const addresses = ['Watched', 'Other'].map(name => scene.devnet.pool(name).address);
    for (const address of addresses) await scene.devnet.unregisterPool(address);
    const told = await alert(start(), 'no-pools');
    expect(told).toMatchObject({ severity: 'error' });
    expect(told.message).toContain(`the registry ${scene.devnet.registry} lists no pools`);
    await scene.devnet.registerPools(addresses);
  });
});

describe('periodic checks', () => {
  withProxy('look at the newest block every so many seconds', async () => {
    const bot = start({ INVARIANCE_CHECK_TIME: '1', INVARIANCE_CHECK_EVENT_TRIGGER: 'false' });
    await waitUntilChecked(bot, await head());
    await scene.anvil.setBalance(pool.address, 1n);
    await scene.anvil.time.mine(5);
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: await head() });
    await scene.anvil.setBalance(pool.address, 0n);
    await scene.anvil.time.mine();
    await over(scene, bot, 'eth-balance');
    expect((await statusOf(bot)).details.mode).toBe('periodic');
  });

  withProxy('with the event trigger, also at the block of every trade, nodes away or not', async () => {
    const bot = start({ INVARIANCE_CHECK_TIME: '3600' });
    await waitUntilChecked(bot, await head());
    await scene.anvil.setBalance(pool.address, 1n);
    const quiet = await scene.anvil.time.mine(3);
    await until('the quiet blocks are seen', async () => (await statusOf(bot)).head.number >= quiet.number);
    // A block without a trade is not checked.
    expect(alertsOf(bot, 'eth-balance')).toEqual([]);
    await proxy.setFault(faults.http500);
    const traded = await trade();
    await scene.anvil.time.mine();
    await scene.anvil.setBalance(pool.address, 0n);
    await scene.anvil.time.mine(5);
    await proxy.clearFault();
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: traded });
    const { pools } = await statusOf(bot);
    expect(pools.find(({ name }) => name === 'Watched')?.details.block).toBe(traded);
    expect(pools.find(({ name }) => name === 'Other')?.details.block).toBeLessThan(traded);
  });
});

describe('when who answers behind a URL is behind', () => {
  withProxy('no trade is lost: what it does not have yet is asked for again', async () => {
    const bot = start({ INVARIANCE_CHECK_TIME: '3600' });
    await waitUntilChecked(bot, await head());
    // For a range it returns its logs, which are none; for a block by its hash it returns an error.
    let asked = 0;
    proxy.intercept(({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined;
      asked += 1;
      const [filter] = params as [{ blockHash?: string }];
      return filter.blockHash ? { error: { code: -32000, message: 'unknown block' } } : { result: [] };
    });
    await scene.anvil.setBalance(pool.address, 1n);
    const traded = await trade();
    await scene.anvil.time.mine();
    await scene.anvil.setBalance(pool.address, 0n);
    await scene.anvil.time.mine();
    await until('the logs were asked for', () => asked > 0);
    proxy.intercept(undefined);
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: traded });
  });
});

describe('when no node gives logs', () => {
  withProxy('the checks that are due go on, and trades are made up for', async () => {
    const bot = start({ INVARIANCE_CHECK_TIME: '3600' });
    await waitUntilChecked(bot, await head());
    const refusal = { error: { code: -32601, message: 'the method eth_getLogs is not available' } };
    proxy.intercept(({ method }) => (method === 'eth_getLogs' ? refusal : undefined));
    await scene.anvil.setBalance(pool.address, 1n);
    const traded = await trade();
    await scene.anvil.time.mine();
    await scene.anvil.setBalance(pool.address, 0n);
    await scene.anvil.time.mine();
    expect((await alert(bot, 'trades-unread')).message).toContain('eth_getLogs is not available');
    expect(alertsOf(bot, 'round-failed')).toEqual([]);
    proxy.intercept(undefined);
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: traded });
    await over(scene, bot, 'trades-unread');
  });
});

describe('as fast as blocks come', () => {
  withProxy('checks the newest block', async () => {
    const bot = start({ INVARIANCE_CHECK_TIME: '0' });
    await waitUntilChecked(bot, await head());
    await scene.anvil.time.mine(4);
    await waitUntilChecked(bot, await head());
    expect((await statusOf(bot)).details).toMatchObject({ mode: 'newest-block', skipped: 0 });
  });
});
