import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '@service-bots/devnet';
import { alert, alertsOf, statusOf, waitUntilChecked } from './scene.ts';
import { dai, Stage } from './stage.ts';
import { stealShares } from './storage.ts';

const stage = new Stage();

describe('the history on disk', () => {
  it('lets a new process see a fall while no bot ran', async () => {
    const STATE_DIR = stage.scene.folder();
    const INVARIANCE_CHECK_TIME = '1';
    const first = stage.start({ STATE_DIR, INVARIANCE_CHECK_TIME });
    await waitUntilChecked(first, await stage.head());
    await first.stop();
    await stage.pool.loseVaultAssets(5);
    await stage.scene.anvil.time.mine(3);
    const second = stage.start({ STATE_DIR, INVARIANCE_CHECK_TIME });
    expect(await alert(second, 'negative-interest')).toMatchObject({ severity: 'critical' });
  });

  it.each([
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['something else', () => '{"version":1,"pools":{"0x12":{"moments":[[1,2,"three","4"]]}}}'],
  ])('%s: is set aside, raised, and begun anew', async (_, damage) => {
    const STATE_DIR = stage.scene.folder();
    const file = join(STATE_DIR, 'invariant-31337-history.json');
    const first = stage.start({ STATE_DIR });
    await waitUntilChecked(first, await stage.head());
    await first.stop();
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, damage(text));
    const second = stage.start({ STATE_DIR });
    expect(await alert(second, 'state-unreadable')).toMatchObject({ severity: 'warning' });
    await waitUntilChecked(second, await stage.head());
    await until('it is written anew', () => readFileSync(file, 'utf8').includes(stage.pool.address));
    expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe(damage(text));
  });

  it('replaces a lost file from the chain', async () => {
    const { anvil } = stage.scene;
    await anvil.time.increase(7_200);
    await anvil.time.mine();
    await stage.pool.loseVaultAssets(5);
    await anvil.time.increase(60);
    await anvil.time.mine(3);
    const bot = stage.start();
    expect(await alert(bot, 'negative-interest')).toMatchObject({ severity: 'critical' });
  });

  it('reads as far back as the nodes serve, and raises no alert for older prices', async () => {
    const { anvil } = stage.scene;
    const proxy = await stage.proxied();
    await anvil.time.increase(7_200);
    await stage.pool.loseVaultAssets(5);
    const pruned = await stage.head();
    await anvil.time.increase(2_500);
    await anvil.time.mine(3);
    // The loss is at most an hour old: this node has pruned the earlier state.
    proxy.intercept(async ({ method, params }) => {
      const [, tag] = params as [unknown, { blockHash?: string }];
      if (method !== 'eth_call' || !tag?.blockHash) return undefined;
      const block = await anvil.provider.getBlock(tag.blockHash);
      if ((block?.number ?? 0) >= pruned) return undefined;
      return { error: { code: -32000, message: 'missing trie node 1234 (path ) state is not available' } };
    });
    const bot = stage.start({ RPC_URI: proxy.rpcUrl });
    const line = await bot.waitForLine(({ message }) => message.startsWith('nodes serve no older prices'));
    expect(line.knownSeconds).toBe(1_800);
    const { pools } = await waitUntilChecked(bot, await stage.head());
    expect(pools[0]?.details.checks['negative-interest']).toMatchObject({
      outcome: 'skipped',
      why: 'the price 3600 s ago is not known yet',
    });
    expect(alertsOf(bot, 'negative-interest')).toEqual([]);
  });

  it('that is much older than a look-back hides no fall of the last hour', async () => {
    const { anvil } = stage.scene;
    const STATE_DIR = stage.scene.folder();
    const first = stage.start({ STATE_DIR });
    await waitUntilChecked(first, await stage.head());
    await first.stop();
    // The vault first earned twenty percent, and lost five within the last hour.
    await stage.pool.setVariableRate(10n ** 19n);
    await anvil.time.increase(7 * 86_400);
    await stage.pool.setVariableRate(0n);
    await anvil.time.increase(7_200);
    await anvil.time.mine();
    await stage.pool.loseVaultAssets(5);
    await anvil.time.increase(60);
    await anvil.time.mine();
    const second = stage.start({ STATE_DIR, INVARIANT_CATCH_UP_BLOCKS: '1' });
    expect(await alert(second, 'negative-interest')).toMatchObject({ severity: 'critical' });
  });

  it('keeps the shares behind shorts, for longer than a loss can be found on the chain', async () => {
    const { anvil } = stage.scene;
    const STATE_DIR = stage.scene.folder();
    const file = join(STATE_DIR, 'invariant-31337-history.json');
    const { pool } = stage;
    await pool.setVariableRate(0n);
    const { maturity, bonds } = await pool.openShort(dai('100000'));
    const first = stage.start({ STATE_DIR });
    await waitUntilChecked(first, await stage.head());
    await pool.loseVaultAssets(1);
    await anvil.time.moveTo(maturity + 100);
    await pool.checkpoint(maturity);
    await pool.closeShort(maturity, bonds);
    await until('it is on disk', async () => {
      await anvil.time.mine();
      await waitUntilChecked(first, await stage.head());
      return JSON.parse(readFileSync(file, 'utf8')).pools[pool.address]?.shares?.ledger;
    });
    await first.stop();

    // Older than any short that may still be open, on a node that no longer has the events of that time.
    const forgotten = await stage.head();
    await anvil.time.increase(30 * 86_400);
    await anvil.time.mine(2);
    const proxy = await stage.proxied();
    proxy.intercept(async ({ method, params }) => {
      const [{ fromBlock = '0xffffffff' } = {}] = params as [{ fromBlock?: string }];
      if (method !== 'eth_getLogs' || Number(fromBlock) > forgotten) return undefined;
      return { error: { code: -32000, message: 'history has been pruned for this block' } };
    });
    const second = stage.start({ STATE_DIR, RPC_URI: proxy.rpcUrl });
    await waitUntilChecked(second, await stage.head());
    await anvil.time.mine();
    await waitUntilChecked(second, await stage.head());
    const openOf = async () =>
      (await statusOf(second)).openAlerts.filter(
        ({ check, pool: of }) => check === 'total-shares' && of === pool.address,
      );
    expect(await openOf()).toEqual([expect.objectContaining({ severity: 'info' })]);
    // The stored explanation does not grow.
    await stealShares(anvil, pool, dai('5'));
    const told = await second.waitForLine(
      ({ check, severity }) => check === 'total-shares' && severity === 'critical',
    );
    expect(JSON.stringify(told.numbers)).toContain('shares behind shorts at block');
  });

  it('a pool that cannot be read for a while keeps its past', async () => {
    const { anvil } = stage.scene;
    const STATE_DIR = stage.scene.folder();
    const file = join(STATE_DIR, 'invariant-31337-history.json');
    const pastOf = () => JSON.parse(readFileSync(file, 'utf8')).pools[stage.pool.address]?.moments;
    const first = stage.start({ STATE_DIR });
    await waitUntilChecked(first, await stage.head());
    await first.stop();
    const known = pastOf();
    expect(known.length).toBeGreaterThan(0);
    const code = await anvil.send('eth_getCode', [stage.pool.address, 'latest']);
    await anvil.send('anvil_setCode', [stage.pool.address, '0x60006000fd']);
    await anvil.time.mine();
    const second = stage.start({ STATE_DIR });
    expect(await alert(second, 'pool-answers')).toMatchObject({
      severity: 'critical',
      message: expect.stringContaining('this bot has watched it'),
    });
    const written = readFileSync(file, 'utf8');
    // The bot writes at most every 5 s, and only after it has checked a block.
    await until('it is written again', async () => {
      await anvil.time.mine();
      return readFileSync(file, 'utf8') !== written;
    });
    expect(pastOf()).toEqual(known);
    await anvil.send('anvil_setCode', [stage.pool.address, code]);
  });
});
