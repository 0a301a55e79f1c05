import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type BotProcess, until } from '@service-bots/devnet';
import { alert, alertsOf, over, statusOf, waitUntilChecked } from './scene.ts';
import { dai, Stage } from './stage.ts';
import { editMarketState } from './storage.ts';

const stage = new Stage();

const setEth = (wei: bigint) => stage.scene.anvil.setBalance(stage.pool.address, wei);
/** Mines a block with a trade, in which the pool holds ETH; in the next it does not. @returns its number */
async function brokenTrade(): Promise<number> {
  await stage.pool.openLong(dai('100'));
  const block = await stage.head();
  await setEth(1n);
  await stage.scene.anvil.time.mine();
  await setEth(0n);
  await stage.scene.anvil.time.mine();
  return block;
}

function newestOnDisk(folder: string): number {
  const file = join(folder, 'invariant-31337-history.json');
  if (!existsSync(file)) return 0;
  const { trail } = JSON.parse(readFileSync(file, 'utf8'));
  return trail.at(-1)?.[0] ?? 0;
}

describe('after a restart', () => {
  const onTrades = { INVARIANCE_CHECK_TIME: '3600' };

  it('with the event trigger, trades in between are checked too', async () => {
    const STATE_DIR = stage.scene.folder();
    const first = stage.start({ STATE_DIR, ...onTrades });
    await waitUntilChecked(first, await stage.head());
    await first.stop();
    await stage.scene.anvil.time.mine(5);
    const traded = await brokenTrade();
    await stage.scene.anvil.time.mine(5);
    const second = stage.start({ STATE_DIR, ...onTrades });
    expect(await alert(second, 'eth-balance')).toMatchObject({ block: traded });
    expect((await waitUntilChecked(second, await stage.head())).details.skipped).toBe(0);
  });

  it('… as far back as the limit, and it is said which blocks are left out', async () => {
    const STATE_DIR = stage.scene.folder();
    const first = stage.start({ STATE_DIR, ...onTrades });
    const last = await stage.head();
    await waitUntilChecked(first, last);
    await first.stop();
    await brokenTrade();
    await stage.scene.anvil.time.mine(30);
    const limit = { INVARIANT_CATCH_UP_BLOCKS: '10' };
    const second = stage.start({ STATE_DIR, ...onTrades, ...limit });
    const told = await alert(second, 'blocks-skipped');
    const before = (await stage.head()) - 10;
    expect(told.message).toContain(`blocks ${last + 1} to ${before}: they came while no bot ran`);
    await waitUntilChecked(second, await stage.head());
    expect(alertsOf(second, 'eth-balance')).toEqual([]);
  });

  it('what a reorg replaced meanwhile is checked again', async () => {
    const { anvil } = stage.scene;
    const STATE_DIR = stage.scene.folder();
    const first = stage.start({ STATE_DIR });
    const before = await until('the newest block is on disk as done', async () => {
      const snapshot = await anvil.send('evm_snapshot');
      const { number } = await anvil.time.mine();
      await waitUntilChecked(first, number);
      return newestOnDisk(STATE_DIR) === number && snapshot;
    });
    await first.stop();
    // Replaces the block with another, in which the pool holds ETH.
    const replaced = await stage.head();
    await anvil.send('evm_revert', [before]);
    await anvil.time.increase(60);
    expect(await stage.head()).toBe(replaced);
    await setEth(1n);
    await anvil.time.mine();
    await setEth(0n);
    await anvil.time.mine(3);
    const second = stage.start({ STATE_DIR });
    expect(await alert(second, 'eth-balance')).toMatchObject({ block: replaced });
    await waitUntilChecked(second, await stage.head());
    expect(alertsOf(second, 'check-indeterminate')).toEqual([]);
  });

  it('a chain that was begun anew is no reason to wait', async () => {
    const STATE_DIR = stage.scene.folder();
    const { anvil } = stage.scene;
    const before = await anvil.send('evm_snapshot');
    await anvil.time.mine(100);
    const first = stage.start({ STATE_DIR });
    await waitUntilChecked(first, await stage.head());
    await first.stop();
    await anvil.send('evm_revert', [before]);
    await anvil.time.increase(60);
    await anvil.time.mine();
    const second = stage.start({ STATE_DIR });
    await waitUntilChecked(second, await stage.head());
    await setEth(1n);
    await anvil.time.mine();
    await alert(second, 'eth-balance');
  });
});

describe('a pool whose code is gone', () => {
  const aboutIt = async (bot: BotProcess) =>
    (await statusOf(bot)).openAlerts
      .filter(({ pool }) => pool === stage.pool.address)
      .map(({ check, severity }) => [check, severity]);
  const critical = [['pool-answers', 'critical']];
  async function vanish(): Promise<() => Promise<void>> {
    const { anvil } = stage.scene;
    const code = await anvil.send('eth_getCode', [stage.pool.address, 'latest']);
    await anvil.time.mine();
    await anvil.send('anvil_setCode', [stage.pool.address, '0x']);
    await anvil.time.mine(2);
    return async () => {
      await anvil.send('anvil_setCode', [stage.pool.address, code]);
      await anvil.time.mine(2);
    };
  }

  it('stays critical over a restart, and is over when the code is back', async () => {
    const STATE_DIR = stage.scene.folder();
    const first = stage.start({ STATE_DIR });
    await waitUntilChecked(first, await stage.head());
    const restore = await vanish();
    await alert(first, 'pool-answers');
    await until('the alert is on disk', async () => (await aboutIt(first)).length > 0);
    await first.stop();
    const second = stage.start({ STATE_DIR });
    await stage.scene.anvil.time.mine();
    await waitUntilChecked(second, await stage.head());
    expect(await aboutIt(second)).toEqual(critical);
    expect(alertsOf(second, 'pool-answers', 'resolved')).toEqual([]);
    await restore();
    await over(stage.scene, second, 'pool-answers');
    expect(await aboutIt(second)).toEqual([]);
  });

  it('is critical for a bot that never knew it, and an entry that never was a contract is not', async () => {
    const stranger = '0x00000000000000000000000000000000DeaDBeef';
    await stage.scene.devnet.registerPools([stranger]);
    await vanish();
    const bot = stage.start();
    expect(await alert(bot, 'pool-answers')).toMatchObject({
      severity: 'critical',
      pool: stage.pool.address,
      message: expect.stringMatching(/it answered as a pool in block \d+; its code is gone or broken/),
    });
    expect(await alert(bot, 'pool-unreadable')).toMatchObject({ severity: 'error', pool: stranger });
    await waitUntilChecked(bot, await stage.head());
    expect(await aboutIt(bot)).toEqual(critical);
    expect(alertsOf(bot, 'pool-answers')).toHaveLength(1);
    expect(alertsOf(bot, 'pool-unreadable')).toHaveLength(1);
  });
});

describe('the newest block alone', () => {
  const newest = { INVARIANCE_CHECK_TIME: '0', INVARIANCE_CHECK_EVENT_TRIGGER: 'false' };

  it('is compared with the block before it, not with what was checked last', async () => {
    const { anvil } = stage.scene;
    const bot = stage.start(newest);
    await waitUntilChecked(bot, await stage.head());
    bot.kill('SIGSTOP');
    const { shareReserves } = await stage.pool.contract.getFunction('getMarketState').staticCall();
    await editMarketState(anvil, stage.pool, {
      shareReserves: ((shareReserves as bigint) * 1_001n) / 1_000n,
    });
    await anvil.time.mine(2);
    bot.kill('SIGCONT');
    const head = await stage.head();
    await waitUntilChecked(bot, head);
    // The edited value stays wrong, which shows that this block was checked.
    await alert(bot, 'total-shares');
    expect(alertsOf(bot, 'lp-share-price')).toEqual([]);
    expect(alertsOf(bot, 'check-indeterminate')).toEqual([]);
  });
});
