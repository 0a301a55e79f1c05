import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  assertNoSecret,
  type BotProcess,
  type DevnetPrizePool,
  faults,
  type RollbarSink,
  type RpcProxy,
  raised,
  roles,
  startProxy,
  startRollbar,
  startTelegram,
  type TelegramSink,
} from '@service-bots/devnet';
import { dueAt, hour, openScene, type Scene } from './scene.ts';
import { alertLines, over, watching } from './watch.ts';

const key = roles.bot.privateKey;
const rollbarToken = 'rollbar-token-3f9c2b7a';
const telegramToken = '123456789:AAF-keeper_telegram_token_0123456789';
const pathKey = 'AlchemyLikeKey0123456789abcdef';
const secrets = [key, rollbarToken, telegramToken, pathKey];

let scene: Scene;
let rollbar: RollbarSink;
let telegram: TelegramSink;
let proxy: RpcProxy;

beforeAll(async () => {
  scene = await openScene([]);
  [rollbar, telegram, proxy] = await Promise.all([startRollbar(), startTelegram(), startProxy(scene.anvil)]);
});
afterAll(async () => {
  await scene.close();
  await Promise.all([rollbar.close(), telegram.close(), proxy.close()]);
});

const start = (pool: DevnetPrizePool, env: Record<string, string> = {}) =>
  scene.startKeeper({
    RPC_URL: `${proxy.rpcUrl}/v2/${pathKey}?auth=${pathKey}`,
    POOL_ADDRESSES_V2: pool.address,
    PRIVATE_KEY: key,
    ROLLBAR_API_KEY: rollbarToken,
    ROLLBAR_ENDPOINT: rollbar.endpoint,
    TELEGRAM_BOT_TOKEN: telegramToken,
    TELEGRAM_CHAT_ID: '-1001234567890',
    TELEGRAM_API_URL: telegram.url,
    ...env,
  });

/**
 * Inspects everything that leaves a keeper: its output, its pages, its requests to services, its entry in the
 * process list.
 */
async function inspect(keeper: BotProcess, isRunning = true): Promise<void> {
  assertNoSecret('the output', keeper.output, secrets);
  for (const { body } of [...rollbar.requests, ...telegram.requests])
    assertNoSecret('what a service was sent', body, secrets);
  if (!isRunning) return;
  for (const path of ['/status', '/metrics', '/healthz'] as const)
    assertNoSecret(path, (await keeper.get(path)).body, secrets);
  assertNoSecret('the process list', readFileSync(`/proc/${keeper.pid}/cmdline`, 'utf8'), secrets);
}

async function poolDueIn(seconds: number): Promise<DevnetPrizePool> {
  const pool = await scene.addPool(dueAt((await scene.now()) + seconds));
  await pool.buyTickets();
  return pool;
}

describe('no secret leaves the keeper in any spelling', () => {
  it('while it drives a round, and reports it', async () => {
    const pool = await poolDueIn(2 * hour);
    const keeper = await start(pool);
    await watching(keeper);
    await scene.moveTo(await pool.eligibleAt(1));
    await over(pool, 1);
    await telegram.waitForItem(({ text }) => text.includes('a round was settled'));
    await inspect(keeper);
    await keeper.stop();
  });

  it('while its endpoint fails, and quotes it', async () => {
    const pool = await poolDueIn(2 * hour);
    const keeper = await start(pool);
    await watching(keeper);
    const body = `cannot serve /v2/${pathKey}?auth=${pathKey} for ${key} ${BigInt(key)}`;
    for (const fault of [faults.http(500, body), faults.rpcError({ code: -32_000, message: body })]) {
      await proxy.setFault(fault);
      const { length } = keeper.lines;
      await keeper.waitForLine(line => keeper.lines.indexOf(line) >= length && line.level === 'warning');
    }
    await raised(keeper, 'rpc-unreachable', 'critical');
    await rollbar.waitForItem(({ context }) => context === 'keeper#rpc-unreachable');
    await inspect(keeper);
    await proxy.clearFault();
    expect(alertLines(keeper, 'rpc-unreachable')).toContain('critical');
    await keeper.stop();
  });

  it('while its endpoint refuses the key from the start, and quotes nothing but the key', async () => {
    const pool = await poolDueIn(2 * hour);
    const lettersKey = 'sekretprojectid';
    const queryKey = 'another-sekret';
    const message = `invalid project id ${lettersKey}, ${queryKey} is unknown`;
    await proxy.setFault(faults.rpcError({ code: -32_600, message }));
    const keeper = await start(pool, { RPC_URL: `${proxy.rpcUrl}/v3/${lettersKey}?${queryKey}` });
    // In the first minute the alert is a warning.
    await raised(keeper, 'rpc-unreachable', 'warning');
    await proxy.clearFault();
    expect(keeper.output).toContain('invalid project id [redacted]');
    assertNoSecret('the output', keeper.output, [lettersKey, queryKey]);
    for (const { body } of [...rollbar.requests, ...telegram.requests])
      assertNoSecret('what a service was sent', body, [lettersKey, queryKey]);
    await keeper.stop();
  });

  it('when it refuses to start', async () => {
    const pool = await poolDueIn(2 * hour);
    for (const wrong of [
      { PRIVATE_KEY: `${key}ff` },
      { RPC_URL: `https://user:${rollbarToken}@node/${pathKey}` },
      { RPC_URL: `ftp://node/${pathKey}` },
      { POOL_ADDRESSES_V2: key },
      { POOL_SCHEDULE_V2: `${key}:Wed:13` },
    ]) {
      const keeper = await start(pool, wrong);
      expect((await keeper.exited).code).toBe(78);
      await inspect(keeper, false);
    }
  });
});
