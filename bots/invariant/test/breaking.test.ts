import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BotProcess,
  type DevnetPool,
  daySeconds,
  type LogLine,
  roles,
  transact,
  until,
  weeklyPool,
} from '@service-bots/devnet';
import { parseEther, parseUnits, toQuantity } from 'ethers';
import { checkNames } from '../src/checks/index.ts';
import { expectReproduced } from './command.ts';
import { alert, alertsOf, openScene, over, type Scene, waitUntilChecked } from './scene.ts';
import { editMarketState, stealShares } from './storage.ts';

let scene: Scene;
let bot: BotProcess;
let snapshot: unknown;

const head = async () => (await scene.anvil.time.latest()).number;
/** A day with trades on both sides, so that every check has data. */
const broken = (decimals: number) =>
  weeklyPool(`Broken ${decimals}`, { decimals, circuitBreakerDelta: parseUnits('2', 16) });

/**
 * A pool takes no ETH, but it cannot refuse the balance of a contract that destroys itself: PUSH20 heir
 * SELFDESTRUCT.
 */
async function forceEther(heir: string, valueWei: bigint): Promise<void> {
  const data = `0x73${heir.slice(2).toLowerCase()}ff`;
  const creation = { from: roles.deployer.address, data, value: toQuantity(valueWei) };
  await scene.anvil.send('eth_sendTransaction', [creation]);
  await until('the ETH is there', async () => (await scene.anvil.provider.getBalance(heir)) === valueWei);
}

beforeAll(async () => {
  scene = await openScene([broken(18), broken(6), weeklyPool('Sound', { decimals: 6 })]);
  for (const pool of scene.devnet.pools) {
    const amount = (text: string) => parseUnits(text, pool.decimals);
    await pool.openLong(amount('20000'));
    await pool.openShort(amount('30000'));
    await pool.openLong(amount('1000'));
  }
  await scene.anvil.time.increase(3_600);
  for (const pool of scene.devnet.pools) await pool.checkpoint(await pool.latestCheckpointTime());
});
beforeEach(async () => {
  snapshot = await scene.anvil.send('evm_snapshot');
  bot = scene.startBot();
  await waitUntilChecked(bot, await head());
});
afterEach(async () => {
  await bot.stop('SIGKILL');
  await scene.anvil.send('evm_revert', [snapshot]);
});
afterAll(() => scene.close());

describe.each([18, 6])('a pool of a token with %i decimals', decimals => {
  let pool: DevnetPool;
  const amount = (text: string) => parseUnits(text, decimals);
  beforeAll(() => {
    pool = scene.devnet.pool(`Broken ${decimals}`);
  });

  /** Returns the checks that were reported about the broken pool; the other pools must have none. */
  async function toldOf(): Promise<string[]> {
    await waitUntilChecked(bot, await head());
    const isAlert = (line: LogLine) => line.message.startsWith('alert ');
    expect(bot.lines.filter(line => line.pool && line.pool !== pool.address && isAlert(line))).toEqual([]);
    expect(alertsOf(bot, 'check-indeterminate')).toEqual([]);
    return checkNames.filter(check => alertsOf(bot, check).length > 0);
  }

  /**
   * Returns the alert of a check about the pool. The command in it has the same result, with the same
   * numbers.
   */
  async function page(check: string): Promise<LogLine> {
    const told = await alert(bot, check);
    expect(told).toMatchObject({ pool: pool.address, block: expect.any(Number) });
    expect(told.runbook).toMatch(new RegExp(`/${check}\\.md$`));
    await expectReproduced(scene, told);
    return told;
  }

  describe('a pool that is used as it should be', () => {
    it('raises nothing', async () => {
      await pool.openLong(amount('5000'));
      await pool.addLiquidity(amount('10000'));
      const { maturity, bonds } = await pool.openShort(amount('5000'));
      await pool.closeShort(maturity, bonds / 2n);
      await scene.anvil.time.increase(7_200);
      expect(await toldOf()).toEqual([]);
    });
  });

  describe('eth-balance', () => {
    it('is raised when ETH gets stuck in a pool, and resolved when it is gone', async () => {
      await forceEther(pool.address, parseEther('0.5'));
      expect(await page('eth-balance')).toMatchObject({ severity: 'warning', by: '0.5 ETH' });
      await scene.anvil.setBalance(pool.address, 0n);
      await scene.anvil.time.mine();
      await over(scene, bot, 'eth-balance');
      expect(await toldOf()).toEqual(['eth-balance']);
    });
  });

  describe('base-balance', () => {
    it('is raised when base is sent to a pool', async () => {
      const token = { address: await pool.asset.getAddress(), abi: pool.asset.interface };
      const mint = [pool.address, amount('12.5')];
      await transact(scene.anvil, roles.deployer.address, token, 'mint(address,uint256)', mint);
      expect(await page('base-balance')).toMatchObject({ severity: 'info', by: '12.5 base' });
      expect(await toldOf()).toEqual(['base-balance']);
    });
  });

  describe('total-shares', () => {
    it('is critical when shares are gone, and nothing explains it', async () => {
      await stealShares(scene.anvil, pool, amount('1'));
      const told = await page('total-shares');
      expect(told).toMatchObject({
        severity: 'critical',
        message: expect.stringContaining('shares have left the pool'),
      });
      expect(told.numbers).toHaveProperty('actual shares');
      expect((await toldOf()).filter(check => check !== 'eth-balance')).toEqual(['total-shares']);
    });
  });

  describe('a vault that loses money', () => {
    it.each([
      [2, ['negative-interest', 'total-shares']],
      [20, ['negative-interest', 'total-shares']],
    ])('%s %%: pages for the loss; what haircuts cover is a warning', async (percent, expected) => {
      await pool.loseVaultAssets(percent);
      const told = await page('negative-interest');
      expect(told).toMatchObject({ severity: 'critical' });
      expect(told.by).toMatch(
        new RegExp(`^-${percent === 2 ? '(2\\.0|1\\.99)' : '(20\\.0|19\\.99)'}\\d+ %$`),
      );
      expect(await page('total-shares')).toMatchObject({ severity: 'warning' });
      expect((await toldOf()).sort()).toEqual(expected);
    });

    it('on a paused pool it is a warning', async () => {
      await pool.pause();
      await pool.loseVaultAssets(2);
      expect(await page('negative-interest')).toMatchObject({ severity: 'warning' });
    });

    it('a small fall is a warning, and is over when the look-back is', async () => {
      await scene.anvil.time.increase(3_700);
      await waitUntilChecked(bot, await head());
      await pool.setVariableRate(0n);
      await pool.loseVaultAssets(0.05);
      expect(await page('negative-interest')).toMatchObject({ severity: 'warning' });
      await scene.anvil.time.increase(3_700);
      await over(scene, bot, 'negative-interest');
    });

    it('raises an insolvent pool', async () => {
      await pool.openLong(amount('30000'));
      await pool.loseVaultAssets(99);
      expect(await page('solvency')).toMatchObject({ severity: 'critical' });
    });
  });

  describe('storage that no honest contract would write', () => {
    /**
     * Edits the state while the bot is paused: a second read of an edited block returns other values than the
     * first.
     */
    async function edit(changes: Parameters<typeof editMarketState>[2]): Promise<void> {
      bot.kill('SIGSTOP');
      await editMarketState(scene.anvil, pool, changes);
      bot.kill('SIGCONT');
    }

    it('solvency: more is promised to longs than there is', async () => {
      const { shareReserves } = await pool.contract.getFunction('getMarketState').staticCall();
      await edit({ longExposure: (shareReserves as bigint) * 2n });
      const told = await page('solvency');
      expect(told).toMatchObject({ severity: 'critical', formula: 'z − ⌊longExposure/c⌋ − zMin ≥ 0' });
      expect(told.by).toMatch(/^-\d+\.\d+ shares$/);
      expect(await toldOf()).toContain('solvency');
    });

    it('total-shares: the books say more than the vault holds', async () => {
      const state = await pool.contract.getFunction('getMarketState').staticCall();
      await edit({ shareReserves: (state.shareReserves as bigint) + amount('5000') });
      const told = await page('total-shares');
      expect(told).toMatchObject({ severity: 'critical' });
      expect(told.by).toMatch(/^-4999\.\d+ shares$|^-5000(\.\d+)? shares$/);
    });

    it('minimum-share-reserves, and a value that the contract cannot compute any more', async () => {
      await edit({ shareReserves: amount('5'), shareAdjustment: 0n });
      expect(await page('minimum-share-reserves')).toMatchObject({ severity: 'critical' });
      expect(await toldOf()).toContain('minimum-share-reserves');
    });

    it('present-value: the computation of the LP share price reverts or gives nothing', async () => {
      // The curve reserves more than there is: z − ζ is negative.
      const { shareReserves } = await pool.contract.getFunction('getMarketState').staticCall();
      await edit({ shareAdjustment: (shareReserves as bigint) + amount('1') });
      expect(await page('present-value')).toMatchObject({ severity: 'critical' });
    });

    it('lp-share-price: a fall pages, a rise without a reason warns', async () => {
      const state = await pool.contract.getFunction('getMarketState').staticCall();
      await edit({
        shareReserves: (state.shareReserves as bigint) - amount('5000'),
        shareAdjustment: (state.shareAdjustment as bigint) - amount('5000'),
      });
      expect(await page('lp-share-price')).toMatchObject({ severity: 'critical' });
      await scene.anvil.time.mine();
      await over(scene, bot, 'lp-share-price');
      await edit({
        shareReserves: (state.shareReserves as bigint) + amount('5000'),
        shareAdjustment: (state.shareAdjustment as bigint) + amount('5000'),
      });
      const rise = await until('the rise is told', () => alertsOf(bot, 'lp-share-price')[1]);
      expect(rise).toMatchObject({ severity: 'warning' });
      expect(rise.changed).toEqual([]);
    });
  });

  describe('price-spike', () => {
    it('is raised when a trade moves the rate beyond the breaker', async () => {
      await pool.openShort(amount('120000'));
      const told = await page('price-spike');
      expect(told).toMatchObject({ severity: 'warning' });
      expect(told.changed).toEqual([expect.stringMatching(/^OpenShort of [\d.]+ bonds maturing /)]);
    });
  });

  describe('checkpoint-exists', () => {
    it('is an error once a checkpoint is a full duration late, and over when it is minted', async () => {
      const { maturity } = await pool.openShort(amount('1000'));
      await scene.anvil.time.moveTo(maturity + daySeconds - 30);
      for (const other of scene.devnet.pools) if (other !== pool) await other.checkpoint(maturity);
      await waitUntilChecked(bot, await head());
      expect(alertsOf(bot, 'checkpoint-exists')).toEqual([]);
      await scene.anvil.time.moveTo(maturity + daySeconds + 10);
      const told = await page('checkpoint-exists');
      expect(told).toMatchObject({ severity: 'error', pool: pool.address });
      await pool.checkpoint(maturity);
      await over(scene, bot, 'checkpoint-exists');
      expect((await toldOf()).filter(check => check !== 'checkpoint-exists')).toEqual([]);
    });
  });
});
