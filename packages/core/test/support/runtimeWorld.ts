import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type Anvil, type RpcProxy, startAnvil, startProxy, until } from '@service-bots/devnet';
import { type RunningBot, startBot } from '../../src/runtime/index.ts';
import { fakeBot, hastyClock, type Script } from './fakeBot.ts';

/**
 * The world of a test file: an anvil, a proxy before it, and fake bots in this process, which end with each
 * test.
 */
export class RuntimeWorld {
  anvil!: Anvil;
  proxy!: RpcProxy;
  /** A folder for all tests of the file. */
  stateDir = '';
  /** The log lines of a test's bots. */
  lines: Record<string, unknown>[] = [];
  #bots: RunningBot[] = [];

  constructor() {
    beforeAll(async () => {
      this.anvil = await startAnvil();
      this.proxy = await startProxy(this.anvil);
      this.stateDir = await mkdtemp(join(tmpdir(), 'runtime-'));
    });
    beforeEach(() => {
      this.lines = [];
    });
    afterEach(async () => {
      this.proxy.behave('pass');
      this.proxy.intercept(undefined);
      await Promise.all(this.#bots.map(bot => bot.stop().then(() => bot.release())));
      this.#bots = [];
    });
    afterAll(async () => {
      await this.proxy.close();
      await this.anvil.stop();
      await rm(this.stateDir, { recursive: true });
    });
  }

  /**
   * Starts a fake bot in this process.
   * @param functions the functions that its wallet may call; without any it has no wallet
   */
  async start(play: Script, env: Record<string, string> = {}, functions?: string[]): Promise<RunningBot> {
    const stream = new PassThrough();
    let text = '';
    stream.on('data', data => {
      const parts = (text + data).split('\n');
      text = parts.pop() ?? '';
      this.lines.push(...parts.map(line => JSON.parse(line)));
    });
    const running = await startBot(
      fakeBot(play, functions),
      {
        RPC_URL: this.proxy.rpcUrl,
        // Each bot has a folder of its own: an alert that is open when a bot stops is still open for the
        // next.
        STATE_DIR: await mkdtemp(join(this.stateDir, 'bot-')),
        ROUND_TIMEOUT_SECONDS: '1',
        // The time is by the hasty clock, while deadlines are real time.
        ROUND_STUCK_SECONDS: '400',
        ALERT_RESOLVE_AFTER_SECONDS: '0',
        STATUS_PORT: '0',
        ...env,
      },
      { clock: hastyClock(), stream },
    );
    this.#bots.push(running);
    return running;
  }

  logged(message: string): Record<string, unknown> | undefined {
    return this.lines.find(line => line.message === message);
  }
}

export async function get(bot: RunningBot, path: string): Promise<{ code: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${bot.statusPort}${path}`);
  return { code: response.status, body: await response.text() };
}

export function rounds(bot: RunningBot, count: number): Promise<true> {
  return until(`${count} rounds`, () => bot.status.rounds >= count);
}

export function open(bot: RunningBot, check: string) {
  return bot.alerter.open.find(alert => alert.check === check);
}
