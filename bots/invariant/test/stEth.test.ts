import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@service-bots/core/config';
import { readPools } from '@service-bots/core/hyperdrive';
import { createBatchReader, FailoverProvider, readHead } from '@service-bots/core/rpc';
import { deployStEthPool, roles, type StEthPool, transact } from '@service-bots/devnet';
import { parseEther } from 'ethers';
import { sharesRead } from '../src/pools/kinds.ts';
import { alertsOf, openScene, type Scene, waitUntilChecked } from './scene.ts';

let scene: Scene;
let pool: StEthPool;
beforeAll(async () => {
  scene = await openScene([]);
  pool = await deployStEthPool(scene.devnet);
});
afterAll(() => scene.close());

describe('a pool of another kind: stETH, whose base is ETH and whose shares are not a balance', () => {
  it('is watched: every check that applies holds, over trades and time', async () => {
    const bot = scene.startBot();
    await waitUntilChecked(bot, (await scene.anvil.time.latest()).number);
    const trader = roles.trader.address;
    const target = { address: pool.address, abi: pool.contract.interface };
    const ether = parseEther('5');
    const options = { destination: trader, asBase: true, extraData: '0x' };
    await transact(scene.anvil, trader, target, 'openLong', [ether, 0, 0, options], ether);
    await scene.anvil.time.increase(4_000);
    await transact(scene.anvil, trader, target, 'openShort', [ether, ether, 0, options], ether);
    const { number } = await scene.anvil.time.mine();
    const { pools } = await waitUntilChecked(bot, number);
    const { checks } = pools[0]?.details ?? { checks: {} };
    const outcomes = Object.fromEntries(Object.entries(checks).map(([name, { outcome }]) => [name, outcome]));
    expect(outcomes).toEqual({
      'vault-answers': 'holds',
      'pool-answers': 'holds',
      solvency: 'holds',
      'total-shares': 'holds',
      'minimum-share-reserves': 'holds',
      'present-value': 'holds',
      'lp-share-price': 'holds',
      'negative-interest': 'holds',
      'price-spike': 'holds',
      'checkpoint-exists': 'holds',
      'eth-balance': 'holds',
      'base-balance': 'skipped',
    });
    expect(alertsOf(bot, 'unknown-kind')).toEqual([]);
  });

  it.each(['v1.0.16', 'v1.0.20'])('as %s its shares are read as Lido counts them', async version => {
    const provider = await FailoverProvider.connect([
      { label: 'anvil', url: new Secret(scene.anvil.rpcUrl) },
    ]);
    const reader = await createBatchReader(provider);
    const head = await readHead(provider);
    const { pools } = await readPools(reader, head, [pool.address]);
    const [found] = pools;
    if (!found) throw new Error('the pool cannot be read');
    const read = await sharesRead(reader, head, { ...found, version });
    if (!read) throw new Error('the kind is not known');
    const [shares] = await reader.read(head, [read]);
    const counted = await pool.lido.getFunction('sharesOf').staticCall(pool.address);
    expect(shares).toEqual({ ok: true, value: counted });
    expect(await pool.lido.getFunction('balanceOf').staticCall(pool.address)).not.toBe(counted);
    provider.destroy();
  });
});
