import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Anvil,
  type BotProcess,
  type Devnet,
  type DevnetPool,
  deployHyperdrive,
  type Exit,
  roles,
  startAnvil,
  startBotProcess,
} from '@service-bots/devnet';
import { demoPools } from './pools.ts';

const botPackage = createRequire(import.meta.url).resolve('@service-bots/checkpoint/package.json');
const botEntry = join(dirname(botPackage), 'dist', 'main.js');

const patienceMs = 20_000;
const lookMs = 50;
const daySeconds = 86_400;

/** The chain, the contracts and the bot of one demo, and everything that has to be put away afterwards. */
export class Stage {
  /** Midnight of the story's first day, seconds since 1970. */
  readonly firstDay: number;
  readonly #doing: (what: string) => void;
  readonly #stop: AbortSignal;
  /** All that were started, in this order. */
  readonly #bots: BotProcess[] = [];
  #anvil: Anvil | undefined;
  #devnet: Devnet | undefined;
  #stateDir: string | undefined;
  #running: BotProcess | undefined;

  /**
   * @param stop ends every wait
   * @param doing told what is being waited for
   */
  constructor(stop: AbortSignal, doing: (what: string) => void) {
    this.#stop = stop;
    this.#doing = doing;
    // The coming midnight: the chain's clock only ever goes forward, and is never behind this machine's.
    this.firstDay = Math.ceil(Date.now() / 1000 / daySeconds) * daySeconds;
  }

  get anvil(): Anvil {
    return required(this.#anvil, 'chain');
  }

  get isDeployed(): boolean {
    return this.#devnet !== undefined;
  }

  get devnet(): Devnet {
    return required(this.#devnet, 'contracts');
  }

  /** The bot's running process. */
  get bot(): BotProcess {
    return required(this.#running, 'bot');
  }

  /** What all of the bot's processes wrote. */
  get botOutput(): string {
    return this.#bots.map(({ output }) => output).join('');
  }

  get botLines() {
    return this.#bots.flatMap(({ lines }) => lines);
  }

  pool(name: string): DevnetPool {
    return this.devnet.pool(name);
  }

  async startChain(): Promise<Anvil> {
    this.#anvil = await startAnvil({ timestamp: this.firstDay });
    return this.#anvil;
  }

  async deploy(): Promise<Devnet> {
    this.#devnet = await deployHyperdrive(this.anvil, { pools: demoPools, paused: [] });
    return this.#devnet;
  }

  /** Moves the chain's time on to `day` days and `hours` hours after the story's beginning. */
  async moveTo(day: number, hours = 0): Promise<void> {
    await this.anvil.time.moveTo(this.at(day, hours));
  }

  at(day: number, hours = 0): number {
    return this.firstDay + day * daySeconds + hours * 3_600;
  }

  /** Starts the bot as its users do, and waits until it watches the pools. */
  async startBot(): Promise<BotProcess> {
    this.#stateDir ??= await mkdtemp(join(tmpdir(), 'service-bots-demo-'));
    this.#stop.throwIfAborted();
    const bot = startBotProcess(botEntry, {
      RPC_URL: this.anvil.rpcUrl,
      REGISTRY_ADDRESS: this.devnet.registry,
      CHECKPOINT_BOT_KEY: roles.bot.privateKey,
      STATE_DIR: this.#stateDir,
      LOG_LEVEL: 'info',
      // The bot sleeps until the next checkpoint is due by the clock it knows. The demo moves the chain's time by
      // days in an instant, which the bot can notice only when it looks: so it looks every second, not every three
      // minutes.
      LOOK_SECONDS: '1',
    });
    this.#bots.push(bot);
    this.#running = bot;
    await bot.waitForLine(({ message }) => message === 'watching', patienceMs);
    await this.until('the bot’s first round', async () => (await bot.get('/readyz')).code === 200);
    return bot;
  }

  /** SIGTERM, as a container's stop sends it. */
  async stopBot(): Promise<Exit> {
    const bot = this.bot;
    this.#running = undefined;
    return bot.stop('SIGTERM');
  }

  /** Waits until somebody has minted these checkpoints. */
  async untilMinted(...checkpoints: readonly { pool: string; time: number }[]): Promise<void> {
    for (const { pool, time } of checkpoints) {
      await this.until(
        `the bot to mint in ${pool}`,
        async () => (await this.pool(pool).checkpointPrice(time)) > 0n,
      );
    }
  }

  /**
   * Looks again and again until something is so.
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
      if (exit) throw new Error(`the bot ended by itself (${exit.signal ?? `exit ${exit.code}`})`);
      if (Date.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s for ${what}, in vain`);
      await delay(lookMs, undefined, { signal: this.#stop });
    }
  }

  /**
   * Stops the bot, then the chain, and removes the bot's state.
   * @param signal SIGKILL when nobody cares how the bot ends: with its chain gone it would wait for its transaction
   * @returns how the bot ended, if it was running
   */
  async close(signal: 'SIGTERM' | 'SIGKILL'): Promise<Exit | undefined> {
    const exit = await this.#running?.stop(signal);
    this.#running = undefined;
    await this.#devnet?.close();
    await this.#anvil?.stop();
    if (this.#stateDir) await rm(this.#stateDir, { recursive: true, force: true });
    return exit;
  }
}

function required<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Error(`the ${what} was not started`);
  return thing;
}
