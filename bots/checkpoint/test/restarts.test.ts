import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BotProcess, roles, until, weeklyPool } from '@service-bots/devnet';
import { day, mintsOf, moveInto, openPositions, openScene, type Scene } from './scene.ts';

const ours = roles.bot.address;
let scene: Scene;

beforeAll(async () => {
  scene = await openScene([weeklyPool('One'), weeklyPool('Two'), weeklyPool('Three')], { noMining: true });
});
afterEach(() => scene.killBots());
afterAll(() => scene.close());

const pool = (name: string) => scene.devnet.pool(name);
const broadcast = (bot: BotProcess) =>
  bot.waitForLine(({ message }) => message === 'transaction handed to the node');
const nonce = () => scene.anvil.provider.getTransactionCount(ours);
const due = async (name: string) => {
  const maturity = await openPositions(pool(name));
  await moveInto(scene.anvil, maturity, 0.6 * day);
  return maturity;
};

describe('a stuck transaction', () => {
  it('is replaced with higher fees at the same nonce, and mined once', async () => {
    const maturity = await due('One');
    const nonceBefore = await nonce();
    const bot = scene.startBot({ REPLACE_AFTER_BLOCKS: '2' });
    const first = await broadcast(bot);
    // The bot offered twice the base fee, so ten times as much excludes it.
    const { baseFeePerGas } = (await scene.anvil.provider.getBlock('latest')) as { baseFeePerGas: bigint };
    for (let block = 0; block < 3; block += 1) {
      await scene.anvil.time.setNextBaseFee(baseFeePerGas * 10n);
      await scene.anvil.time.mine();
      await new Promise(resolve => setTimeout(resolve, 400));
    }
    const replaced = await bot.waitForLine(
      ({ message }) => message === 'transaction replaced with higher fees',
    );
    expect(replaced.nonce).toBe(first.nonce);
    await scene.anvil.time.mine();
    const line = await bot.waitForLine(({ message }) => message.startsWith('minted checkpoint'));
    expect(line.hash).not.toBe(first.hash);
    expect(await mintsOf(pool('One'), maturity)).toHaveLength(1);
    expect(await nonce()).toBe(nonceBefore + 1);
  });
});

describe('a transaction that is dropped while another party mints the checkpoint', () => {
  it('is not replaced: the wallet sends nothing more', async () => {
    const maturity = await due('Two');
    const nonceBefore = await nonce();
    const bot = scene.startBot({ REPLACE_AFTER_BLOCKS: '2' });
    await broadcast(bot);
    await scene.anvil.send('anvil_dropAllTransactions');
    await pool('Two').checkpoint(maturity);
    await until('the bot gives it up', async () => {
      await scene.anvil.time.mine();
      return bot.lines.some(({ message }) => message.startsWith('another account minted'));
    });
    for (let block = 0; block < 6; block += 1) {
      await scene.anvil.time.mine();
      await new Promise(resolve => setTimeout(resolve, 300));
    }
    const sent = ['transaction handed to the node', 'transaction replaced with higher fees'];
    expect(bot.lines.filter(({ message }) => sent.includes(message))).toHaveLength(1);
    expect(bot.lines.filter(({ message }) => message === 'transaction sent again as it is')).toEqual([]);
    expect(await nonce()).toBe(nonceBefore);
    expect((await mintsOf(pool('Two'), maturity)).map(({ by }) => by)).not.toContain(ours);
  });
});

describe('a restart with a transaction in flight', () => {
  it('finds it, sends it no second time, and counts it as its own', async () => {
    const maturity = await due('One');
    const nonceBefore = await nonce();
    const STATE_DIR = scene.stateDir();
    const first = scene.startBot({ STATE_DIR });
    const { hash } = await broadcast(first);
    await first.stop('SIGKILL');

    const second = scene.startBot({ STATE_DIR });
    await second.waitForLine(
      line => line.message === 'found in flight from before the restart' && line.hash === hash,
    );
    await scene.anvil.time.mine();
    await second.waitForLine(line => line.message === 'round completed');
    expect((await mintsOf(pool('One'), maturity)).map(({ by }) => by)).toEqual([ours]);
    expect(second.output).not.toContain('transaction handed to the node');
    expect(await nonce()).toBe(nonceBefore + 1);
  });

  it('waits for it even when what is on disk about it was lost', async () => {
    const maturity = await due('Two');
    const nonceBefore = await nonce();
    const first = scene.startBot();
    await broadcast(first);
    await first.stop('SIGKILL');

    const second = scene.startBot({ BLOCK_TIME: '5' });
    await second.waitForLine(({ message }) => message.includes('that this bot did not send'));
    await scene.anvil.time.mine();
    await second.waitForLine(({ message }) => message === 'round completed');
    expect(await mintsOf(pool('Two'), maturity)).toHaveLength(1);
    expect(await nonce()).toBe(nonceBefore + 1);
  });
});

describe('SIGTERM in the middle of a transaction', () => {
  it('waits until it is mined, and ends with exit code 0', async () => {
    const maturity = await due('Three');
    const bot = scene.startBot();
    await broadcast(bot);
    bot.kill('SIGTERM');
    await bot.waitForLine(({ message }) => message.startsWith('stopping'));
    await scene.anvil.time.mine();
    expect(await bot.exited).toEqual({ code: 0, signal: null });
    expect(bot.output).toContain('minted checkpoint');
    expect(await mintsOf(pool('Three'), maturity)).toHaveLength(1);
  });

  it('ends with exit code 0 within 10 s when it is not mined, and the next start goes on with it', async () => {
    const maturity = await due('Three');
    const STATE_DIR = scene.stateDir();
    const bot = scene.startBot({ STATE_DIR });
    const { hash } = await broadcast(bot);
    const stoppedAt = Date.now();
    expect(await bot.stop()).toEqual({ code: 0, signal: null });
    // The promise to Docker, whose default grace period is 10 s.
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);

    const next = scene.startBot({ STATE_DIR });
    await next.waitForLine(line => line.hash === hash);
    await scene.anvil.time.mine();
    await next.waitForLine(({ message }) => message === 'round completed');
    expect(await mintsOf(pool('Three'), maturity)).toHaveLength(1);
  });
});

describe('SIGKILL again and again', () => {
  it('misses no checkpoint, mints none twice, and leaves no gap in the nonces', async () => {
    await scene.anvil.time.setIntervalMining(1);
    const names = ['One', 'Two', 'Three'];
    const nonceBefore = await nonce();
    const STATE_DIR = scene.stateDir();
    const matured: [string, number][] = [];
    // Killed at later and later moments of its work: while it starts, decides, sends and waits.
    for (const afterMs of [150, 400, 700, 900, 1_100, 1_400]) {
      for (const name of names) matured.push([name, await openPositions(pool(name))]);
      await scene.anvil.time.increase(day);
      const bot = scene.startBot({ STATE_DIR });
      await new Promise(resolve => setTimeout(resolve, afterMs));
      await bot.stop('SIGKILL');
    }
    await moveInto(scene.anvil, Math.max(...matured.map(([, time]) => time)), 0.6 * day);
    const bot = scene.startBot({ STATE_DIR });
    for (const [name, time] of matured) {
      await until(`${time} of ${name} is minted`, async () => (await mintsOf(pool(name), time)).length > 0);
    }
    await bot.stop();
    for (const [name, time] of matured)
      expect((await mintsOf(pool(name), time)).map(({ by }) => by)).toEqual([ours]);
    const [latest, pending] = await Promise.all([
      nonce(),
      scene.anvil.provider.getTransactionCount(ours, 'pending'),
    ]);
    expect(pending).toBe(latest);
    // Every nonce is a mint: no transaction was wasted.
    expect(latest - nonceBefore).toBe(matured.length);
    await scene.anvil.time.setIntervalMining(0);
  });
});
