import { beforeEach, describe, expect, it } from '@jest/globals';
import { faults, type RpcProxy, roles, until } from '@service-bots/devnet';
import { toBeHex } from 'ethers';
import { alert, alertsOf, over, statusOf, waitUntilChecked } from './scene.ts';
import { dai, Stage } from './stage.ts';
import { editMarketState, marketStateEdit } from './storage.ts';

const stage = new Stage();

/** A finding has to exist in a second block before a pool is paused. */
async function untilPaused(): Promise<void> {
  await until('the pool is paused', async () => {
    await stage.scene.anvil.time.mine();
    return stage.pool.isPaused();
  });
}

describe('pausing', () => {
  let pausing: Record<string, string>;
  let second: RpcProxy;
  beforeEach(async () => {
    second = await stage.proxied();
    pausing = {
      INVARIANT_PAUSE_ON: 'solvency',
      PAUSER_KEY: roles.pauser.privateKey,
      RPC_URI: `${stage.scene.anvil.rpcUrl},${second.rpcUrl}`,
    };
  });

  it('happens on a confirmed critical finding of the checks that were named', async () => {
    const bot = stage.start(pausing);
    await waitUntilChecked(bot, await stage.head());
    await stage.pool.loseVaultAssets(5);
    await alert(bot, 'negative-interest');
    expect((await statusOf(bot)).details.pausesOn).toEqual(['solvency']);
    expect(await stage.pool.isPaused()).toBe(false);
    await stage.makeInsolvent();
    await untilPaused();
    expect(await alert(bot, 'pool-paused')).toMatchObject({ severity: 'critical', pool: stage.pool.address });
    expect(await stage.scene.devnet.pool('Other').isPaused()).toBe(false);
    expect([...alertsOf(bot, 'cannot-pause'), ...alertsOf(bot, 'low-balance')]).toEqual([]);
    expect(bot.output).not.toContain(roles.pauser.privateKey.slice(2));
  });

  it('in a dry run it is only said', async () => {
    const bot = stage.start({ ...pausing, DRY_RUN: 'true' });
    await waitUntilChecked(bot, await stage.head());
    await stage.makeInsolvent();
    await waitUntilChecked(bot, await stage.head());
    await stage.scene.anvil.time.mine();
    await bot.waitForLine(({ message }) => message === 'dry run: would pause Watched because of solvency');
    expect(await stage.pool.isPaused()).toBe(false);
  });

  it('simulates in a dry run without a key too, and pages no person', async () => {
    const { PAUSER_KEY: _, ...keyless } = pausing;
    const bot = stage.start({ ...keyless, DRY_RUN: 'true' });
    await waitUntilChecked(bot, await stage.head());
    await stage.makeInsolvent();
    await waitUntilChecked(bot, await stage.head());
    await stage.scene.anvil.time.mine();
    const line = await bot.waitForLine(({ message }) => message.startsWith('dry run: would pause Watched'));
    expect(line).toMatchObject({ message: expect.stringMatching(/, and fail$/), level: 'warning' });
    expect(line.reason).toContain('Unauthorized');
    await stage.scene.anvil.time.mine();
    await waitUntilChecked(bot, await stage.head());
    expect(alertsOf(bot, 'pause-failed')).toEqual([]);
  });

  it('with a key that may not pause, it pages', async () => {
    const bot = stage.start({ ...pausing, PAUSER_KEY: roles.bot.privateKey });
    await waitUntilChecked(bot, await stage.head());
    await stage.makeInsolvent();
    await waitUntilChecked(bot, await stage.head());
    await stage.scene.anvil.time.mine();
    const told = await alert(bot, 'pause-failed');
    expect(told).toMatchObject({ severity: 'critical' });
    expect(told.message).toContain('Unauthorized');
  });

  it('reports a key that may not pause and a wallet without money before a pause is needed', async () => {
    await stage.scene.anvil.setBalance(roles.bot.address, 0n);
    const bot = stage.start({ ...pausing, PAUSER_KEY: roles.bot.privateKey });
    const told = await alert(bot, 'cannot-pause');
    expect(told).toMatchObject({ severity: 'error' });
    expect(JSON.stringify(told)).toContain(
      `the wallet ${roles.bot.address} cannot pause Watched: Unauthorized()`,
    );
    expect(await alert(bot, 'low-balance')).toMatchObject({ severity: 'error' });
  });

  it('pages and pauses nothing when a single endpoint confirms the finding', async () => {
    const bot = stage.start(pausing);
    await waitUntilChecked(bot, await stage.head());
    await second.setFault(faults.http500);
    await stage.makeInsolvent();
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical' });
    expect((await alert(bot, 'pause-failed')).message).toContain(
      'fewer than two endpoints confirmed it by themselves',
    );
    expect(await stage.pool.isPaused()).toBe(false);
    await second.clearFault();
    await until('both endpoints are in use again, and the pool is paused', async () => {
      await stage.scene.anvil.time.mine();
      return stage.pool.isPaused();
    });
  });

  it('sends the alert and continues to check while the transaction is not mined', async () => {
    const first = await stage.proxied();
    const RPC_URI = `${first.rpcUrl},${second.rpcUrl}`;
    const bot = stage.start({ ...pausing, RPC_URI, ROUND_TIMEOUT_SECONDS: '600' });
    await waitUntilChecked(bot, await stage.head());
    for (const proxy of [first, second]) await proxy.setFault(faults.swallowsTransactions);
    await stage.makeInsolvent();
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical' });
    await stage.scene.anvil.time.mine();
    await until('the pause is sent', () => first.callCount('eth_sendRawTransaction') > 0);
    await stage.scene.anvil.time.mine(3);
    await waitUntilChecked(bot, await stage.head());
    expect(await stage.pool.isPaused()).toBe(false);
    expect(alertsOf(bot, 'round-failed')).toEqual([]);
  });

  it('resolves pause-failed when a person has paused the pool', async () => {
    const bot = stage.start({ ...pausing, PAUSER_KEY: roles.bot.privateKey });
    await waitUntilChecked(bot, await stage.head());
    await stage.makeInsolvent();
    await waitUntilChecked(bot, await stage.head());
    await stage.scene.anvil.time.mine();
    await alert(bot, 'pause-failed');
    await stage.pool.pause();
    await over(stage.scene, bot, 'pause-failed');
    expect((await waitUntilChecked(bot, await stage.head())).openAlerts.map(({ check }) => check)).toContain(
      'solvency',
    );
  });

  it('checks a finding at the block of a trade again at the newest block, and pauses the pool there', async () => {
    const { anvil } = stage.scene;
    const bot = stage.start({ ...pausing, INVARIANCE_CHECK_TIME: '3600' });
    await waitUntilChecked(bot, await stage.head());
    bot.kill('SIGSTOP');
    await stage.pool.openLong(dai('100'));
    const traded = await stage.head();
    // Until the next is mined, an edit is part of this block.
    const { slot, word } = await marketStateEdit(anvil, stage.pool, await stage.insolvency());
    await anvil.send('anvil_setStorageAt', [stage.pool.address, toBeHex(slot, 32), toBeHex(word, 32)]);
    await anvil.time.mine(3);
    bot.kill('SIGCONT');
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical', block: traded });
    await untilPaused();
  });

  it('pauses nothing for a finding that is over in the next block, although two endpoints confirmed it', async () => {
    const { anvil } = stage.scene;
    const bot = stage.start(pausing);
    await waitUntilChecked(bot, await stage.head());
    bot.kill('SIGSTOP');
    const { longExposure } = await stage.pool.contract.getFunction('getMarketState').staticCall();
    const edits = [await stage.insolvency(), { longExposure: longExposure as bigint }];
    // Until the next block is mined, an edit is part of the newest: the second undoes the first.
    for (const edit of edits) {
      await anvil.time.mine();
      const { slot, word } = await marketStateEdit(anvil, stage.pool, edit);
      await anvil.send('anvil_setStorageAt', [stage.pool.address, toBeHex(slot, 32), toBeHex(word, 32)]);
    }
    await anvil.time.mine(3);
    bot.kill('SIGCONT');
    expect(await alert(bot, 'solvency')).toMatchObject({ severity: 'critical' });
    await over(stage.scene, bot, 'solvency');
    expect(await stage.pool.isPaused()).toBe(false);
  });

  it('pauses the pool one block after a lasting fall of the LP share price', async () => {
    const bot = stage.start({ ...pausing, INVARIANT_PAUSE_ON: 'lp-share-price' });
    await waitUntilChecked(bot, await stage.head());
    const { shareReserves } = await stage.pool.contract.getFunction('getMarketState').staticCall();
    await editMarketState(stage.scene.anvil, stage.pool, {
      shareReserves: (shareReserves as bigint) - dai('5000'),
    });
    expect(await alert(bot, 'lp-share-price')).toMatchObject({ severity: 'critical' });
    expect(await stage.pool.isPaused()).toBe(false);
    await untilPaused();
  });

  it('refuses two names of one node as two operators', async () => {
    const { rpcUrl } = stage.scene.anvil;
    const RPC_URI = `${rpcUrl},${rpcUrl.replace('127.0.0.1', 'localhost')}`;
    const bot = stage.start({ ...pausing, RPC_URI });
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(bot.output).toMatch(/count as one operator/);
  });

  it('pages and pauses nothing with two nodes of one declared operator', async () => {
    const bot = stage.start({ ...pausing, INVARIANT_NODE_OPERATORS: 'own,own' });
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(bot.output).toMatch(/count as one operator/);
  });

  it('with a single endpoint it is a mistake in the set-up', async () => {
    const bot = stage.start({ ...pausing, RPC_URI: stage.scene.anvil.rpcUrl });
    expect(await bot.exited).toMatchObject({ code: 78 });
    expect(bot.output).toMatch(/INVARIANT_PAUSE_ON:? needs two nodes that confirm a finding/);
  });

  it('a key that nothing is done with is remarked on', async () => {
    const bot = stage.start({ PAUSER_KEY: roles.pauser.privateKey });
    await bot.waitForLine(({ message }) => message.includes('INVARIANT_PAUSE_ON names no check'));
    expect((await waitUntilChecked(bot, await stage.head())).details.pausesOn).toEqual([]);
  });

  it('without a key there is no wallet at all', async () => {
    const bot = stage.start();
    await waitUntilChecked(bot, await stage.head());
    expect((await bot.status<{ wallet?: object }>()).wallet).toBeUndefined();
  });
});
