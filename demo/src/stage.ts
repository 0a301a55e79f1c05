import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Anvil,
  type AnvilOptions,
  type BotProcess,
  type BotProcessOptions,
  type Exit,
  startAnvil,
  startBotProcess,
  temporaryFolder,
} from '@service-bots/devnet';
import type { Page } from './page.ts';
import { ending } from './verdict.ts';

const { resolve } = createRequire(import.meta.url);

const patienceMs = 20_000;
const lookMs = 50;

/** The chain and the bot of one act, and everything that has to be closed afterwards. */
export class Stage {
  readonly #doing: (what: string) => void;
  readonly #stop: AbortSignal;
  readonly page: Page;
  /** All started bots, in this order. */
  readonly #bots: BotProcess[] = [];
  readonly #toPutAway: (() => Promise<unknown>)[] = [];
  #anvil: Anvil | undefined;
  #stateDir: string | undefined;
  #running: BotProcess | undefined;

  /**
   * @param stop ends every wait
   * @param doing called with the text of each wait
   * @param page shows the bot
   */
  constructor(stop: AbortSignal, doing: (what: string) => void, page: Page) {
    this.#stop = stop;
    this.page = page;
    this.#doing = doing;
  }

  get anvil(): Anvil {
    return required(this.#anvil, 'chain');
  }

  /** The bot's running process. */
  get bot(): BotProcess {
    return required(this.#running, 'bot');
  }

  /** The folder of the bot's state, which survives a restart. */
  get stateDir(): string {
    return required(this.#stateDir, 'bot');
  }

  get isBotRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The output of all processes of the bot. */
  get botOutput(): string {
    return this.#bots.map(({ output }) => output).join('');
  }

  get botLines() {
    return this.#bots.flatMap(({ lines }) => lines);
  }

  async startChain(options: AnvilOptions): Promise<Anvil> {
    this.#anvil = await startAnvil(options);
    return this.#anvil;
  }

  /** Starts a bot of `bots/` as its users do, and waits for its first look at its pools. */
  async startBot(
    name: 'checkpoint' | 'keeper' | 'invariant' | 'lpandarb',
    env: Readonly<Record<string, string>>,
    options?: BotProcessOptions,
    pageEnv: Readonly<Record<string, string>> = {},
  ): Promise<BotProcess> {
    this.#stop.throwIfAborted();
    this.#stateDir ??= temporaryFolder('service-bots-demo-');
    const entry = join(dirname(resolve(`@service-bots/${name}/package.json`)), 'dist', 'main.js');
    const shared = { RPC_URL: this.anvil.rpcUrl, STATE_DIR: this.#stateDir, LOG_LEVEL: 'info' };
    const bot = startBotProcess(entry, { ...shared, ...env }, options);
    this.#bots.push(bot);
    this.#running = bot;
    await bot.waitForLine(({ message }) => message === 'watching', patienceMs);
    await this.until('the bot’s first round', async () => (await bot.get('/readyz')).code === 200);
    await this.page.show(name, await this.statusUrl(), pageEnv, options?.clockShiftMs);
    return bot;
  }

  /** Sends SIGTERM, as a container's stop does. */
  async stopBot(): Promise<Exit> {
    const bot = this.bot;
    this.#running = undefined;
    this.page.forgetBot();
    return bot.stop('SIGTERM');
  }

  /** Returns the address of the running bot's status server. */
  async statusUrl(): Promise<string> {
    const { port } = await this.bot.waitForLine(({ message }) => message === 'status server listens');
    return `http://127.0.0.1:${port}`;
  }

  /** Registers a function for `close` to call after the bot has ended and before the chain does. */
  putAway(close: () => Promise<unknown>): void {
    this.#toPutAway.push(close);
  }

  /**
   * Polls until a condition holds.
   * @throws Error when it takes too long, the bot ends meanwhile, or the demo is being stopped
   */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    this.#doing(`waiting for ${what}`);
    const bot = this.#running;
    let exit: Exit | undefined;
    void bot?.exited.then(ended => {
      exit = ended;
    });
    const deadline = Date.now() + patienceMs;
    while (!(await isSo())) {
      if (exit) throw new Error(`the bot ended by itself (${ending(exit)})`);
      if (Date.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s for ${what}, in vain`);
      await delay(lookMs, undefined, { signal: this.#stop });
    }
  }

  /** Rejects when the bot or the chain ends. */
  async unlessEnded(): Promise<never> {
    const what = await Promise.race([
      this.bot.exited.then(() => 'the bot'),
      this.anvil.exited.then(() => 'the chain'),
    ]);
    throw new Error(`${what} ended by itself`);
  }

  /**
   * Stops the bot, then everything else, the chain last.
   * @param signal SIGKILL when the bot's end does not matter: without its chain it would wait for its
   * transaction
   * @returns how the bot ended, if it was running
   */
  async close(signal: 'SIGTERM' | 'SIGKILL'): Promise<Exit | undefined> {
    // The page is closed first: a bot that ends with its act must raise no alert.
    await this.page.close();
    const exit = await this.#running?.stop(signal);
    this.#running = undefined;
    for (const close of this.#toPutAway) await close();
    await this.#anvil?.stop();
    return exit;
  }
}

function required<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Error(`the ${what} was not started`);
  return thing;
}
