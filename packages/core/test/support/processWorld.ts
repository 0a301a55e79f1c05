import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import {
  type Anvil,
  type BotProcess,
  type RollbarSink,
  type RpcProxy,
  startAnvil,
  startBotProcess,
  startProxy,
  startRollbar,
  until,
} from '@service-bots/devnet';
import { fakeBotEntry } from './fakeBotEntry.ts';

/**
 * The world of a test file: an anvil, a proxy before it, a Rollbar, and fake bots as processes, which are
 * killed after each test.
 */
export class ProcessWorld {
  anvil!: Anvil;
  proxy!: RpcProxy;
  rollbar!: RollbarSink;
  /** A folder for all tests of the file. */
  stateDir = '';
  #started: BotProcess[] = [];

  constructor() {
    beforeAll(async () => {
      [this.anvil, this.rollbar] = await Promise.all([startAnvil(), startRollbar()]);
      this.proxy = await startProxy(this.anvil);
      this.stateDir = await mkdtemp(join(tmpdir(), 'run-bot-'));
    });
    afterEach(async () => {
      await Promise.all(this.#started.map(bot => bot.stop('SIGKILL')));
      this.#started = [];
      await this.anvil.time.setAutomine(true);
      this.proxy.intercept(undefined);
      this.proxy.behave('pass');
      this.rollbar.behave('ok');
      this.rollbar.clear();
    });
    afterAll(async () => {
      await Promise.all([this.proxy.close(), this.rollbar.close()]);
      await this.anvil.stop();
      await rm(this.stateDir, { recursive: true });
    });
  }

  start(env: Record<string, string> = {}): BotProcess {
    const bot = startBotProcess(fakeBotEntry, {
      RPC_URL: this.proxy.rpcUrl,
      // Each bot has a folder of its own: an alert that is open when a process ends is still open for the
      // next.
      STATE_DIR: this.folder(),
      ROLLBAR_API_KEY: 'post-server-item-token',
      ROLLBAR_ENDPOINT: this.rollbar.endpoint,
      FAKE_MODE: 'watch',
      ...env,
    });
    this.#started.push(bot);
    return bot;
  }

  /** Creates a new folder for the state of a bot. */
  folder(): string {
    return mkdtempSync(join(this.stateDir, 'bot-'));
  }
}

export const ready = (bot: BotProcess) =>
  until('the first round', async () => (await bot.get('/readyz')).code === 200);
