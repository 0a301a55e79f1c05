import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  openAlertsOf,
  type RollbarSink,
  raised,
  resolved,
  roles,
  startAnvil,
  startRollbar,
  until,
  weeklyPool,
} from '@service-bots/devnet';
import { Wallet } from 'ethers';
import { day, mintsOf, moveInto, openPositions, openScene, type Scene } from './scene.ts';

let scene: Scene;
let rollbar: RollbarSink;

beforeAll(async () => {
  scene = await openScene([weeklyPool('Good'), weeklyPool('Other')]);
  rollbar = await startRollbar();
});
afterAll(async () => {
  await scene.close();
  await rollbar.close();
});

const pool = (name: string) => scene.devnet.pool(name);
const minted = (name: string, checkpoint: number) =>
  until(
    `checkpoint ${checkpoint} of ${name} is minted`,
    async () => (await mintsOf(pool(name), checkpoint))[0],
  );
const withRollbar = () => ({ ROLLBAR_API_KEY: 'local-rollbar-token', ROLLBAR_ENDPOINT: rollbar.endpoint });

/** Returns the check of each item that the service accepted, for the given checks. */
const reported = (check: string) =>
  rollbar.items
    .map(item => item.data as Record<string, unknown>)
    .filter(data => data.context === `checkpoint#${check}`);

describe('what is set up wrongly is said in one clear message, and the process ends with 78', () => {
  const refusal = async (env: Record<string, string>) => {
    const bot = scene.startBot(env);
    expect(await bot.exited).toEqual({ code: 78, signal: null });
    return bot.output;
  };

  it('a registry address without code', async () => {
    const nothingThere = '0x00000000000000000000000000000000DeaDBeef';
    expect(await refusal({ REGISTRY_ADDRESS: nothingThere })).toContain(
      `there is no contract at ${nothingThere} on chain 31337`,
    );
  });

  it('nodes of another chain than CHAIN_ID', async () => {
    const output = await refusal({ CHAIN_ID: '1' });
    expect(output).toMatch(/RPC_URI: 127\.0\.0\.1:\d+ serves chain 31337, but CHAIN_ID is 1/);
  });

  it('a malformed key, without showing it', async () => {
    const key = `${roles.bot.privateKey.slice(0, -1)}`;
    const output = await refusal({ CHECKPOINT_BOT_KEY: key });
    expect(output).toContain('CHECKPOINT_BOT_KEY');
    expect(output).not.toContain(key.slice(4, 20));
  });

  it('everything at once', async () => {
    const output = await refusal({
      RPC_URI: 'ftp://node',
      REGISTRY_ADDRESS: '0x12',
      WAITING_PERIOD: '2',
      STATUS_PORT: 'x',
    });
    for (const name of ['RPC_URI', 'REGISTRY_ADDRESS', 'WAITING_PERIOD', 'STATUS_PORT'])
      expect(output).toContain(name);
  });

  it('chain time that is sped up by nobody knows how much', async () => {
    const output = await refusal({ BLOCK_TIMESTAMP_INTERVAL: '12', BLOCK_TIME: '' });
    expect(output).toMatch(/BLOCK_TIME:? is not set, and BLOCK_TIMESTAMP_INTERVAL needs it/);
  });

  it('more confirmations than fit into a round', async () => {
    const output = await refusal({ CONFIRMATIONS: '100', ROUND_TIMEOUT_SECONDS: '20' });
    expect(output).toContain('CONFIRMATIONS: 100 blocks take about 50 s on devnet');
  });

  it('no key on a chain that is not a local development chain', async () => {
    const mainnet = await startAnvil({ chainId: 1 });
    try {
      const output = await refusal({ RPC_URI: mainnet.rpcUrl, CHECKPOINT_BOT_KEY: '' });
      expect(output).toContain('CHECKPOINT_BOT_KEY: is not set: on mainnet');
    } finally {
      await mainnet.stop();
    }
  });
});

describe('without a key', () => {
  it('mints from a throwaway wallet on a local development chain, and says so', async () => {
    const maturity = await openPositions(pool('Good'));
    await moveInto(scene.anvil, maturity, 0.6 * day);
    const bot = scene.startBot({ CHECKPOINT_BOT_KEY: '' });
    const line = await bot.waitForLine(({ message }) => message.includes('throwaway wallet'));
    expect((await minted('Good', maturity)).by).toBe(line.address);
    await bot.stop();
  });

  it('watches and sends nothing in a dry run', async () => {
    const maturity = await openPositions(pool('Good'));
    await moveInto(scene.anvil, maturity, 0.6 * day);
    const bot = scene.startBot({ CHECKPOINT_BOT_KEY: '', DRY_RUN: 'true' });
    await bot.waitForLine(({ message }) => message.startsWith('dry run: would mint checkpoint'));
    await bot.stop();
    expect(await mintsOf(pool('Good'), maturity)).toEqual([]);
  });
});

describe('an empty wallet', () => {
  it('is reported once for all pools, and the work goes on by itself when it is filled', async () => {
    const maturities = [await openPositions(pool('Good')), await openPositions(pool('Other'))];
    await moveInto(scene.anvil, maturities[1] as number, 0.6 * day);
    const { address, privateKey } = Wallet.createRandom();
    const bot = scene.startBot({ CHECKPOINT_BOT_KEY: privateKey, ...withRollbar() });
    await raised(bot, 'cannot-send', 'critical');
    await raised(bot, 'low-balance', 'error');
    expect(await openAlertsOf(bot, 'pool-failing')).toEqual([]);
    await rollbar.waitForItem(
      item => (item.data as Record<string, unknown>).context === 'checkpoint#cannot-send',
    );
    expect(reported('cannot-send')).toHaveLength(1);

    await scene.anvil.setBalance(address, 10n ** 18n);
    expect((await minted('Good', maturities[0] as number)).by).toBe(address);
    expect((await minted('Other', maturities[1] as number)).by).toBe(address);
    await resolved(bot, 'cannot-send');
    await resolved(bot, 'low-balance');
    await bot.stop();
  });
});

describe('one bad pool never stops the rest', () => {
  it('a listed contract that cannot be read is reported, and the others are minted', async () => {
    const broken = await scene.devnet.deployBrokenPool();
    const maturity = await openPositions(pool('Good'));
    await moveInto(scene.anvil, maturity, 0.6 * day);
    const bot = scene.startBot(withRollbar());
    await minted('Good', maturity);
    expect(await raised(bot, 'pool-unreadable', 'error')).toMatchObject({ pool: broken });
    await scene.devnet.unregisterPool(broken);
    await resolved(bot, 'pool-unreadable');
    await bot.stop();
  });

  it('a pool that begins to revert is a warning, critical after so many failures in a row, and heals', async () => {
    const bot = scene.startBot({ ERRORS_UNTIL_CRITICAL: '3', ...withRollbar() });
    await bot.waitForLine(({ message }) => message === 'round completed');
    const code = await scene.anvil.provider.getCode(pool('Other').address);
    await scene.anvil.send('anvil_setCode', [pool('Other').address, '0x5f5ffd']);
    await bot.waitForLine(line => line.check === 'pool-failing' && line.severity === 'warning');
    expect(await raised(bot, 'pool-failing', 'critical')).toMatchObject({ pool: pool('Other').address });

    const maturity = await openPositions(pool('Good'));
    await moveInto(scene.anvil, maturity, 0.6 * day);
    await minted('Good', maturity);
    await scene.anvil.send('anvil_setCode', [pool('Other').address, code]);
    await resolved(bot, 'pool-failing');
    await bot.stop();
    expect(reported('pool-failing').map(data => data.level)).toEqual(['warning', 'critical', 'info']);
  });
});

describe('discovery while running', () => {
  it('notices added and removed pools and says so', async () => {
    const artifacts = await scene.devnet.artifactsServer();
    const bot = scene.startBot({ REGISTRY_ADDRESS: '', ARTIFACTS_URI: artifacts.url });
    await bot.waitForLine(({ message }) => message === 'round completed');
    const added = await scene.devnet.addPool(weeklyPool('Added later'));
    await bot.waitForLine(line => line.message === 'new pool found' && line.pool === added.address);
    const maturity = await openPositions(added);
    await moveInto(scene.anvil, maturity, 0.6 * day);
    await minted('Added later', maturity);
    await scene.devnet.unregisterPool(added.address);
    await bot.waitForLine(
      line => line.message.startsWith('the pool is no longer listed') && line.pool === added.address,
    );
    await bot.stop();
  });
});
