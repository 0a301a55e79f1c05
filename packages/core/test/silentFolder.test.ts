import { execFileSync } from 'node:child_process';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type RollbarSink,
  startAnvil,
  startBotProcess,
  startRollbar,
  until,
} from '@service-bots/devnet';
import { startBot } from '../src/runtime/index.ts';
import { fakeBot, hastyClock, script } from './support/fakeBot.ts';
import { fakeBotEntry } from './support/fakeBotEntry.ts';

let anvil: Anvil;
let rollbar: RollbarSink;
let stateDir: string;
let pipe: FileHandle;
beforeAll(async () => {
  [anvil, rollbar] = await Promise.all([startAnvil(), startRollbar()]);
});
beforeEach(async () => {
  rollbar.clear();
  stateDir = await mkdtemp(join(tmpdir(), 'silent-'));
  // Reading from a pipe without a writer never returns, like a call to a file server that is gone.
  execFileSync('mkfifo', [join(stateDir, 'fake-lease.1')]);
  pipe = await open(join(stateDir, 'fake-lease.1'), 'r+');
});
afterEach(async () => {
  await pipe.close().catch(() => undefined);
  await rm(stateDir, { recursive: true });
});
afterAll(async () => {
  await rollbar.close();
  await anvil.stop();
});

const env = () => ({
  RPC_URL: anvil.rpcUrl,
  STATE_DIR: stateDir,
  ROLLBAR_API_KEY: 'post-server-item-token',
  ROLLBAR_ENDPOINT: rollbar.endpoint,
});
const told = (check: string) =>
  rollbar.items
    .filter(({ context }) => context === `fake#${check}`)
    .map(({ custom }) => custom?.alert as { occasion: string; message: string; ending?: string });

describe('a state folder that hangs at the start', () => {
  it('default: is told as critical, once; when it answers the bot begins, and that is told too', async () => {
    const play = script();
    const starting = startBot(fakeBot(play), env(), { clock: hastyClock(), stream: new PassThrough() });
    const item = await rollbar.waitForItem(({ context }) => context === 'fake#state-unusable');
    expect([item.level, item.message]).toEqual([
      'critical',
      expect.stringContaining(`STATE_DIR: ${stateDir} does not answer: its file system hangs`),
    ]);
    expect(play.rounds).toBe(0);

    await rm(join(stateDir, 'fake-lease.1'));
    await pipe.close();
    const bot = await starting;
    await until('a round', () => play.rounds > 0);
    await until('it is told', () => told('state-unusable').length > 1);
    expect(told('state-unusable').map(({ occasion, ending }) => [occasion, ending])).toEqual([
      ['opened', undefined],
      ['resolved', 'STATE_DIR answers again'],
    ]);
    await bot.stop();
    await bot.release();
  });

  it('behavior: that the set-up is wrong as well is told with it', async () => {
    const starting = startBot(
      fakeBot(script()),
      { ...env(), MAX_FEE_GWEI: 'a lot' },
      { clock: hastyClock(), stream: new PassThrough() },
    );
    starting.catch(() => undefined);
    await rollbar.waitForItem(({ context }) => context === 'fake#cannot-start');
    expect(told('cannot-start')[0]?.message).toContain('MAX_FEE_GWEI');
    await rm(join(stateDir, 'fake-lease.1'));
    await pipe.close();
    await expect(starting).rejects.toThrow('MAX_FEE_GWEI');
  });

  it('behavior: a stop ends the process all the same', async () => {
    const bot = startBotProcess(fakeBotEntry, { ...env(), FAKE_MODE: 'watch' });
    await bot.waitForLine(({ message }) => message === 'status server listens');
    await until('it looks at the folder', async () => (await bot.get('/healthz')).code === 503);
    // There is no exit code: a thread that hangs in the file system cannot be waited for.
    bot.kill('SIGTERM');
    expect(await bot.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
