import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type BotProcess,
  type RollbarSink,
  roles,
  startAnvil,
  startBotProcess,
  startRollbar,
  until,
} from '@service-bots/devnet';
import { fakeBotEntry } from './support/fakeBotEntry.ts';

let anvil: Anvil;
let rollbar: RollbarSink;
let stateDir: string;
let started: BotProcess[] = [];
beforeAll(async () => {
  [anvil, rollbar] = await Promise.all([startAnvil(), startRollbar()]);
});
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'lease-'));
});
afterEach(async () => {
  await Promise.all(started.map(bot => bot.stop('SIGKILL')));
  started = [];
  await rm(stateDir, { recursive: true });
});
afterAll(async () => {
  await rollbar.close();
  await anvil.stop();
});

function start(env: Record<string, string> = {}): BotProcess {
  const bot = startBotProcess(fakeBotEntry, {
    RPC_URL: anvil.rpcUrl,
    STATE_DIR: stateDir,
    FAKE_MODE: 'send',
    FAKE_BOT_KEY: roles.bot.privateKey,
    ...env,
  });
  started.push(bot);
  return bot;
}
/** Returns why the alert ended, as it was reported. */
/** How the alerts of a check ended, by the items that say so. */
const endingsOf = (check: string) =>
  rollbar.items
    .filter(({ context, level }) => context === `fake#${check}` && level === 'info')
    .map(({ custom }) => (custom?.alert as { ending?: string } | undefined)?.ending);
const handedOver = (bot: BotProcess) =>
  bot.lines.filter(({ message }) => message === 'transaction handed to the node').length;
const acting = (bot: BotProcess) => bot.waitForLine(({ message }) => message === 'touched');
const standingBy = (bot: BotProcess) => bot.waitForLine(({ message }) => message.startsWith('standing by'));

async function two(): Promise<[BotProcess, BotProcess]> {
  const first = start();
  await acting(first);
  const second = start();
  await standingBy(second);
  return [first, second];
}

/** Checks that each nonce has one transaction, without gaps: none was sent twice, and none lost. */
async function noGaps(...bots: BotProcess[]): Promise<void> {
  const mined = bots.flatMap(({ lines }) => lines.filter(({ message }) => message === 'transaction mined'));
  // The last transaction of one copy may also be seen as mined by the other.
  const byHash = new Map(mined.map(({ hash, nonce }) => [hash, Number(nonce)]));
  const nonces = [...byHash.values()].sort((a, b) => a - b);
  expect(nonces).toEqual(nonces.map((_, i) => (nonces[0] ?? 0) + i));
}

describe('two copies of a bot on one folder', () => {
  it('default: the second stands by: healthy, not ready, sends nothing, and says who is at work', async () => {
    const [first, second] = await two();
    const sent = handedOver(first);
    await until('more from the first', () => handedOver(first) > sent + 1);
    expect(handedOver(second)).toBe(0);
    const health = await second.get('/healthz');
    expect(health.code).toBe(200);
    expect(health.body).toContain(`standing by, held by `);
    expect(health.body).toContain(`(process ${first.pid})`);
    expect((await second.get('/readyz')).code).toBe(503);
    expect(JSON.parse((await second.get('/status')).body)).toMatchObject({
      healthy: true,
      standingBy: { heldBy: { pid: first.pid } },
    });
    expect((await second.get('/metrics')).body).toContain('bot_standing_by{bot="fake"} 1');
    expect((await first.get('/metrics')).body).toContain('bot_standing_by{bot="fake"} 0');
    expect(await second.stop()).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'behavior: %s of the first, and the second goes on at once',
    async signal => {
      const [first, second] = await two();
      const beats = readFileSync(join(stateDir, 'fake-lease.1'), 'utf8');
      await first.stop(signal);
      await second.waitForLine(({ message }) => message === 'the lease is free: this copy takes over');
      await acting(second);
      await noGaps(first, second);
      expect(beats).toContain(`"pid":${first.pid}`);
    },
  );

  it('behavior: while the first is stopped the second takes over; continued, it ends with 75 and has sent nothing', async () => {
    const [first, second] = await two();
    first.kill('SIGSTOP');
    const sent = handedOver(first);
    await acting(second);
    first.kill('SIGCONT');
    expect(await first.exited).toEqual({ code: 75, signal: null });
    expect(first.output).toContain('the lease of term 1 is lost');
    expect(handedOver(first)).toBe(sent);
    const before = handedOver(second);
    await until('more from the second', () => handedOver(second) > before + 1);
    await noGaps(first, second);
    // Its supervisor starts it again.
    await standingBy(start());
  });
});

it('behavior: a folder that cannot be used: a bot without a wallet watches and tells, and says that nothing is saved', async () => {
  const file = join(stateDir, 'a-file');
  await writeFile(file, '');
  const bot = start({
    FAKE_MODE: 'five',
    STATE_DIR: join(file, 'state'),
    ROLLBAR_API_KEY: 'post-server-item-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
  });
  await rollbar.waitForItem(({ context }) => context === 'fake#five');
  const item = await rollbar.waitForItem(({ context }) => context === 'fake#state-unusable');
  expect(item.message).toContain('it saves nothing, and sends only transactions that do no harm');
  expect(item.level).toBe('critical');
  await rm(file);
  // The folder can be used again: the bot restarts with its content. No alert of this process is stored in a
  // file, so they end here.
  expect((await bot.exited).code).toBe(75);
  for (const check of ['state-unusable', 'five'])
    expect(endingsOf(check)).toEqual(['STATE_DIR can be used again; the bot restarts']);
});

it('behavior: a bot that is stopped while its folder cannot be used takes back what only it knows that it said', async () => {
  const bot = start({
    FAKE_MODE: 'five',
    STATE_DIR: '/proc',
    ROLLBAR_API_KEY: 'post-server-item-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
  });
  rollbar.clear();
  for (const check of ['state-unusable', 'five'])
    await rollbar.waitForItem(({ context }) => context === `fake#${check}`);
  expect((await bot.stop()).code).toBe(0);
  for (const check of ['state-unusable', 'five'])
    expect(endingsOf(check)).toEqual(['the bot was stopped; its next start raises again what holds then']);
});

it('behavior: neither is a folder that can be read and takes no file, as on a full disk, waited for in silence', async () => {
  start({
    FAKE_MODE: 'five',
    // No user can create a file in this folder, root included.
    STATE_DIR: '/proc',
    ROLLBAR_API_KEY: 'post-server-item-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
  });
  const isAbout = (check: string) => rollbar.waitForItem(({ context }) => context === `fake#${check}`);
  rollbar.clear();
  expect((await isAbout('state-unusable')).message).toContain('/proc cannot be used (');
  await isAbout('five');
});
