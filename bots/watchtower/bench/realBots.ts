import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Anvil,
  type BotProcess,
  type Devnet,
  deployHyperdrive,
  type RpcProxy,
  roles,
  startAnvil,
  startBotProcess,
  startProxy,
  until,
  weeklyPool,
} from '@service-bots/devnet';

const root = fileURLToPath(
  new URL(import.meta.url.includes('/bench/dist/') ? '../../../..' : '../../..', import.meta.url),
);
const folderOf = (bot: string) => join(root, 'bots', bot);
const entryOf = (bot: string) => join(folderOf(bot), 'dist', 'main.js');

interface Shown {
  readonly verdict: { readonly level: string };
  readonly alerts: readonly { readonly check: string; readonly subject?: string; readonly source: string }[];
  readonly bots: readonly { readonly id: string; readonly version?: string }[];
}

/**
 * A checkpoint bot, an invariant bot, and a watchtower that watches both, as processes on one chain with the
 * real contracts.
 */
export class RealBots {
  readonly anvil: Anvil;
  readonly devnet: Devnet;
  /** The proxies between each bot and the chain. */
  readonly proxies: Readonly<Record<'checkpoint' | 'invariant', RpcProxy>>;
  readonly running = new Map<string, BotProcess>();
  readonly #folder: string;
  readonly #ports: Readonly<Record<string, number>>;

  constructor(given: {
    anvil: Anvil;
    devnet: Devnet;
    proxies: RealBots['proxies'];
    folder: string;
    ports: Record<string, number>;
  }) {
    this.anvil = given.anvil;
    this.devnet = given.devnet;
    this.proxies = given.proxies;
    this.#folder = given.folder;
    this.#ports = given.ports;
  }

  /** Starts the chain and the proxies. @param folder the state of all processes, which the caller removes */
  static async open(folder: string): Promise<RealBots> {
    const anvil = await startAnvil({ blockTime: 1 });
    const [devnet, checkpoint, invariant] = await Promise.all([
      deployHyperdrive(anvil, { pools: [weeklyPool('7 Day DAI')], paused: [] }),
      startProxy(anvil),
      startProxy(anvil),
    ]);
    const names = ['checkpoint', 'invariant', 'watchtower'];
    const ports = Object.fromEntries(
      await Promise.all(names.map(async name => [name, await freePort()] as const)),
    );
    return new RealBots({ anvil, devnet, proxies: { checkpoint, invariant }, folder, ports });
  }

  /** @param registry the registry of the bot's pools */
  start(
    name: 'checkpoint' | 'invariant',
    entry = entryOf(name),
    registry = this.devnet.registry,
  ): BotProcess {
    return this.#start(name, entry, {
      STATUS_PORT: String(this.#ports[name]),
      RPC_URI: this.proxies[name].rpcUrl,
      REGISTRY_ADDRESS: registry,
      ...(name === 'checkpoint' ? { CHECKPOINT_BOT_KEY: roles.bot.privateKey } : {}),
      LOOK_SECONDS: '1',
      BLOCK_TIME: '1',
      ALERT_RESOLVE_AFTER_SECONDS: '0',
    });
  }

  /** Returns the entry of a copy of the checkpoint bot with another version. */
  entryOfVersion(version: string): string {
    const folder = join(this.#folder, 'other-version');
    mkdirSync(folder);
    cpSync(join(folderOf('checkpoint'), 'dist'), join(folder, 'dist'), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(folderOf('checkpoint'), 'package.json'), 'utf8'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }));
    return join(folder, 'dist', 'main.js');
  }

  /** Starts the watchtower. @param pollSeconds the seconds between two looks */
  async startWatchtower(pollSeconds: number): Promise<void> {
    const watchtower = this.#start('watchtower', entryOf('watchtower'), {
      WATCHTOWER_TARGETS: ['checkpoint', 'invariant']
        .map(name => `${name}=http://127.0.0.1:${this.#ports[name]}`)
        .join(','),
      WATCHTOWER_POLL_SECONDS: String(pollSeconds),
      WATCHTOWER_PORT: String(this.#ports.watchtower),
      WATCHTOWER_RPC_URL: this.anvil.rpcUrl,
      WATCHTOWER_REGISTRY: this.devnet.registry,
      ALERT_RESOLVE_AFTER_SECONDS: '0',
    });
    await watchtower.waitForLine(({ message }) => message === 'the page is served');
  }

  #start(name: string, entry: string, env: Record<string, string>): BotProcess {
    const bot = startBotProcess(entry, { STATE_DIR: join(this.#folder, name), ...env }, { clockShiftMs: 0 });
    this.running.set(name, bot);
    return bot;
  }

  get(name: string): BotProcess {
    const bot = this.running.get(name);
    if (!bot) throw new Error(`${name} was not started`);
    return bot;
  }

  async shown(): Promise<Shown> {
    return (await (await fetch(`http://127.0.0.1:${this.#ports.watchtower}/api/status`)).json()) as Shown;
  }

  /** Waits until an alert is on the page. @returns the time that this took, in ms */
  async raised(check: string, subject?: string): Promise<number> {
    const startedMs = performance.now();
    await this.#page(`${check} is on the page`, ({ alerts }) =>
      alerts.some(each => each.check === check && (subject === undefined || each.subject === subject)),
    );
    return performance.now() - startedMs;
  }

  /** Waits until an alert has left the page. @returns the time that this took, in ms */
  async over(check: string): Promise<number> {
    const startedMs = performance.now();
    await this.#page(`${check} is over`, ({ alerts }) => alerts.every(each => each.check !== check));
    return performance.now() - startedMs;
  }

  async untilWell(): Promise<void> {
    await this.#page('all is well', ({ verdict, alerts }) => verdict.level === 'ok' && alerts.length === 0);
  }

  async #page(what: string, fits: (shown: Shown) => boolean): Promise<void> {
    let last: Shown | undefined;
    try {
      await until(what, async () => {
        last = await this.shown();
        return fits(last);
      });
    } catch (cause) {
      throw new Error(`${what}: ${JSON.stringify({ verdict: last?.verdict, alerts: last?.alerts })}`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map(bot => bot.stop('SIGKILL')));
    await Promise.all(Object.values(this.proxies).map(proxy => proxy.close()));
    await this.devnet.close();
    await this.anvil.stop();
  }
}

/** Returns a free port. A bot's status server needs the same address after each of its starts. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
