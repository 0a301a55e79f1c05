import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { multicall3Address, roles, until } from '@service-bots/devnet';
import { hexlify, toUtf8Bytes } from 'ethers';
import { alert, alertsOf, over, statusOf, waitUntilChecked } from './scene.ts';
import { Stage } from './stage.ts';
import { editMarketState } from './storage.ts';

const stage = new Stage();

describe('values that cannot be read', () => {
  it('is indeterminate: the vault is named as the reason, and an open alert is neither resolved nor healthy', async () => {
    const bot = stage.start();
    await stage.makeInsolvent();
    await alert(bot, 'solvency');
    // A vault that no longer answers.
    const vault = await stage.pool.vault.getAddress();
    const code = await stage.scene.anvil.send('eth_getCode', [vault, 'latest']);
    await stage.scene.anvil.send('anvil_setCode', [vault, '0x60006000fd']);
    await stage.scene.anvil.time.mine(2);
    expect(await alert(bot, 'vault-answers')).toMatchObject({
      severity: 'critical',
      pool: stage.pool.address,
    });
    const { openAlerts } = await waitUntilChecked(bot, await stage.head());
    expect(openAlerts.map(({ check }) => check)).toContain('solvency');
    expect(alertsOf(bot, 'solvency', 'resolved')).toEqual([]);
    expect((await bot.get('/metrics')).body).toMatch(
      new RegExp(
        `^invariant_check_state\\{pool="${stage.pool.address}",check="solvency",bot="invariant"\\} -1$`,
        'm',
      ),
    );
    await stage.scene.anvil.send('anvil_setCode', [vault, code]);
    await editMarketState(stage.scene.anvil, stage.pool, { longExposure: 0n });
    await over(stage.scene, bot, 'solvency');
    await over(stage.scene, bot, 'vault-answers');
  });

  it('sends the findings of a round that is cut off', async () => {
    const { anvil } = stage.scene;
    const proxy = await stage.proxied();
    const bot = stage.start({ RPC_URI: proxy.rpcUrl, ROUND_TIMEOUT_SECONDS: '2' });
    await waitUntilChecked(bot, await stage.head());
    bot.kill('SIGSTOP');
    const broken = await anvil.time.mine();
    await anvil.setBalance(stage.pool.address, 1n);
    const { hash } = await anvil.time.mine();
    await anvil.setBalance(stage.pool.address, 0n);
    proxy.intercept(({ method, params }) =>
      method === 'eth_call' && JSON.stringify(params).includes(hash)
        ? new Promise(() => undefined)
        : undefined,
    );
    bot.kill('SIGCONT');
    expect(await alert(bot, 'eth-balance')).toMatchObject({ block: broken.number });
    await bot.waitForLine(({ error }) => JSON.stringify(error ?? '').includes('did not end within 2 s'));
    proxy.intercept(undefined);
    await anvil.time.mine(2);
    expect((await waitUntilChecked(bot, await stage.head())).details.skipped).toBe(0);
  });

  it('a kind of pool that is not known: said so, all other checks run', async () => {
    const target = (await stage.pool.contract.getFunction('target0').staticCall()) as string;
    const code = (await stage.scene.anvil.send('eth_getCode', [target, 'latest'])) as string;
    const [known, other] = ['ERC4626Hyperdrive', 'ERC9999Hyperdrive'].map(kind =>
      hexlify(toUtf8Bytes(kind)).slice(2),
    ) as [string, string];
    expect(code).toContain(known);
    await stage.scene.anvil.send('anvil_setCode', [target, code.replaceAll(known, other)]);
    await stage.scene.anvil.time.mine();
    const bot = stage.start();
    expect(await alert(bot, 'unknown-kind')).toMatchObject({ severity: 'warning', pool: stage.pool.address });
    const { pools } = await waitUntilChecked(bot, await stage.head());
    const { checks } = pools.find(({ address }) => address === stage.pool.address)?.details ?? { checks: {} };
    expect(checks['total-shares']).toMatchObject({ outcome: 'skipped' });
    expect(checks.solvency).toMatchObject({ outcome: 'holds' });
  });
});

describe('a chain without Multicall3', () => {
  it('is read in JSON-RPC batches: no check is left out', async () => {
    const { anvil } = stage.scene;
    await anvil.send('anvil_setCode', [multicall3Address, '0x']);
    await anvil.time.mine();
    const bot = stage.start();
    const { pools } = await waitUntilChecked(bot, await stage.head());
    for (const { details } of pools)
      expect(Object.values(details.checks).filter(({ outcome }) => outcome === 'indeterminate')).toEqual([]);
    await anvil.setBalance(stage.pool.address, 1n);
    await anvil.time.mine();
    expect(await alert(bot, 'eth-balance')).toMatchObject({ by: '0.000000000000000001 ETH' });
    await stage.makeInsolvent();
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical' });
  });
});

describe('overrides', () => {
  const withFile = (yaml: string) => {
    const path = join(stage.scene.folder(), 'overrides.yaml');
    writeFileSync(path, yaml);
    return { INVARIANT_OVERRIDES_FILE: path };
  };

  it('change the checks: mutes, tolerances, warning levels', async () => {
    const bot = stage.start(
      withFile(`
warnBelow: { solvency: 99.999 }
pools:
  ${stage.pool.address}:
    name: Watched
    mute:
      - { check: eth-balance, until: 2099-12-31, reason: refund agreed on }
`),
    );
    await stage.scene.anvil.setBalance(stage.pool.address, 1n);
    await stage.scene.anvil.time.mine();
    expect(await alert(bot, 'low-headroom')).toMatchObject({ severity: 'warning' });
    const { pools } = await waitUntilChecked(bot, await stage.head());
    expect(
      pools.find(({ address }) => address === stage.pool.address)?.details.checks['eth-balance'],
    ).toMatchObject({
      outcome: 'fails',
      muted: 'until 2099-12-31T23:59:59.000Z: refund agreed on',
    });
    expect(alertsOf(bot, 'eth-balance')).toEqual([]);
  });

  it('resolve an open alert, and give the reason', async () => {
    const { pool, scene } = stage;
    const env = withFile('warnBelow: { solvency: 99.999 }');
    const bot = stage.start(env);
    await scene.anvil.setBalance(pool.address, 1n);
    const token = pool.asset.connect(scene.devnet.deployer) as typeof pool.asset;
    await (await token.getFunction('mint(address,uint256)').send(pool.address, 1n)).wait();
    const opened = ['low-headroom', 'eth-balance', 'base-balance'];
    for (const check of opened) await alert(bot, check);
    writeFileSync(
      env.INVARIANT_OVERRIDES_FILE,
      `pools: { "${pool.address}": { baseIsYield: true, mute: [{ check: eth-balance, until: 2099-12-31, reason: agreed }] } }`,
    );
    for (const check of opened) await over(scene, bot, check);
    expect(alertsOf(bot, 'eth-balance', 'resolved')).toEqual([
      expect.objectContaining({ ending: 'muted until 2099-12-31T23:59:59.000Z: agreed' }),
    ]);
    await scene.anvil.time.mine();
    await waitUntilChecked(bot, await stage.head());
    expect(alertsOf(bot, 'eth-balance')).toHaveLength(1);
  });

  it('about a pool that is not listed: a mistake in the set-up', async () => {
    const stranger = roles.otherTrader.address;
    const bot = stage.start(withFile(`pools: { "${stranger}": { lookBackHours: 12 } }`));
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(bot.output).toContain(`is about ${stranger}, which the registry does not list`);
  });

  it('edited while it runs: hold for known pools at once, and a mistake in them keeps no new pool from being found', async () => {
    const env = withFile(`warnBelow: {}`);
    const bot = stage.start(env);
    await waitUntilChecked(bot, await stage.head());
    writeFileSync(env.INVARIANT_OVERRIDES_FILE, 'warnBelow: { solvency: 99.999 }');
    await until('it warns', async () => {
      await stage.scene.anvil.time.mine();
      return alertsOf(bot, 'low-headroom').length > 0;
    });
    await stage.scene.devnet.unregisterPool(stage.scene.devnet.pool('Other').address);
    await until('one pool is left', async () => (await statusOf(bot)).pools.length === 1);
    writeFileSync(env.INVARIANT_OVERRIDES_FILE, 'warnBelow: { solvensy: 5 }');
    const told = await alert(bot, 'overrides-stale');
    expect(told).toMatchObject({ severity: 'warning' });
    expect(told.message).toContain('the last usable content stays in force');
    expect(told.message).toContain('warnBelow.solvensy: is not one of solvency, ');
    await stage.scene.devnet.registerPools([stage.scene.devnet.pool('Other').address]);
    await until('the pool is back', async () => (await statusOf(bot)).pools.length === 2);
    expect(alertsOf(bot, 'discovery-failed')).toEqual([]);
    writeFileSync(env.INVARIANT_OVERRIDES_FILE, 'warnBelow: { solvency: 5 }');
    await over(stage.scene, bot, 'overrides-stale');
  });

  it('about a pool that leaves the registry are reported, and the bot continues', async () => {
    const other = stage.scene.devnet.pool('Other');
    const bot = stage.start(withFile(`pools: { "${other.address}": { baseIsYield: true } }`));
    await waitUntilChecked(bot, await stage.head());
    await stage.scene.devnet.unregisterPool(other.address);
    await alert(bot, 'overrides-stale');
    await waitUntilChecked(bot, await stage.head());
    expect((await statusOf(bot)).pools).toHaveLength(1);
  });
});
