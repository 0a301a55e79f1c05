import { appendFileSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Anvil, type DevnetPrizePool, deployPrizePools, roles, startAnvil } from '@service-bots/devnet';
import { type Checkout, openCheckout } from '../checkout.ts';
import { Deployment } from '../deployment.ts';
import { Stack } from '../stack.ts';
import { until } from '../until.ts';
import { Gateway, type SentTransaction } from './Gateway.ts';
import type { Host } from './Host.ts';
import { HostNetwork } from './HostNetwork.ts';
import { type Hosts, openHosts } from './openHosts.ts';

/** The user that runs bots where root sets them up. */
const botsUser = 1_000;
/** The longest time until a bot acts on another host, also on a slow machine. docs/deploy.md states the usual times. */
const elsewhereMs = 180_000;

/** A copy of the keeper: a container on one of the hosts. */
export interface Copy {
  readonly host: Host;
  readonly container: string;
  /** Its own word: ok, or that it stands by. */
  readonly health: string;
}

/** The keeper as a service of a swarm of hosts, deployed as an operator does it, and a prize pool for it. */
export class KeeperSwarm {
  readonly hosts: readonly Host[];
  readonly gateway: Gateway;
  readonly anvil: Anvil;
  readonly pool: DevnetPrizePool;
  readonly #service: string;
  /** The state of the keeper, as it is on the file server's disk. */
  readonly #state: string;

  private constructor(hosts: Hosts, gateway: Gateway, anvil: Anvil, pool: DevnetPrizePool, service: string) {
    this.hosts = hosts.hosts;
    this.gateway = gateway;
    this.anvil = anvil;
    this.pool = pool;
    this.#service = service;
    this.#state = join(hosts.served, 'keeper');
  }

  /** @param undoing gets what has to be undone at the end, last first, also when this function fails */
  static async deploy(count: number, undoing: (() => unknown)[]): Promise<KeeperSwarm> {
    const checkout = await openCheckout();
    undoing.push(() => checkout.remove());
    const anvil = await startAnvil({ blockTime: 1 });
    undoing.push(() => anvil.stop());
    const [pool] = (await deployPrizePools(anvil)).pools as [DevnetPrizePool];
    const hosts = await openHosts(count);
    undoing.push(() => hosts.remove());
    const gateway = await Gateway.open(anvil.rpcUrl, HostNetwork.address('wan'));
    undoing.push(() => gateway.close());
    const deployment = new Deployment(checkout, 'hosts', {
      RPC_URL: gateway.rpcUrl,
      PRIVATE_KEY: roles.bot.privateKey,
      POOL_ADDRESSES_V2: pool.address,
      WEBHOOK_URL: gateway.alertsUrl,
      KEEPER_INTERVAL_MS: '1000',
    });
    const setUp = await deployment.setUp('--keeper');
    if (setUp.code !== 0) throw new Error(setUp.all);
    undoing.push(() => deployment.remove());
    await buildFor(hosts, deployment, checkout);
    mkdirSync(join(hosts.served, 'keeper'));
    chownSync(join(hosts.served, 'keeper'), botsUser, botsUser);
    const stack = new Stack(deployment);
    const deployed = await stack.deploy({ DOCKER_HOST: (hosts.hosts[0] as Host).engine });
    if (deployed.code !== 0) throw new Error(deployed.all);
    return new KeeperSwarm(hosts, gateway, anvil, pool, stack.nameOf('keeper'));
  }

  /** Returns the copies that run, on these hosts. */
  async copies(among = this.hosts): Promise<Copy[]> {
    const ask = "fetch('http://127.0.0.1:8080/healthz').then(r => r.text()).then(console.log)";
    const found = await Promise.all(
      among.map(async host => {
        const containers = await host.containersOf(this.#service);
        return containers.map(async container => {
          const { stdout } = await host.dockerOutcome('exec', container, 'node', '-e', ask);
          return { host, container, health: stdout.trim() };
        });
      }),
    );
    return Promise.all(found.flat());
  }

  /** Waits for the copy that acts. */
  acting(among = this.hosts): Promise<Copy> {
    const find = async () => (await this.copies(among)).find(({ health }) => health === 'ok');
    return until('a copy to act', find, elsewhereMs);
  }

  standingBy(): Promise<Copy> {
    const find = async () => (await this.copies()).find(({ health }) => health.startsWith('standing by'));
    return until('a copy to stand by', find, elsewhereMs);
  }

  /** Waits until the swarm has all of its hosts again, and no more copies than it should. */
  async whole(copies = 1): Promise<void> {
    const [host] = this.hosts as [Host];
    const isWhole = async () => {
      const states = await host.docker('node', 'ls', '--format', '{{.Status}}');
      return states.split('\n').every(each => each === 'Ready') && (await this.copies()).length === copies;
    };
    await until('all hosts to be ready', isWhole, elsewhereMs);
    await this.acting();
  }

  scale(copies: number): Promise<string> {
    const [host] = this.hosts as [Host];
    return host.docker('service', 'scale', '--detach', `${this.#service}=${copies}`);
  }

  /** Makes the commit of the present round due, and returns the round. */
  async makeDue(): Promise<number> {
    const round = await this.pool.currentRoundId();
    await this.pool.buyTickets();
    await this.anvil.time.moveTo(await this.pool.eligibleAt(round));
    return round;
  }

  /** Waits for the first transaction that another host sends after the first `count` of all. */
  sentElsewhere(host: Host, count: number): Promise<SentTransaction> {
    const isElsewhere = ({ from }: SentTransaction) => from !== host.address('wan');
    const find = async () => this.gateway.transactions.slice(count).find(isElsewhere);
    return until('another host to send', find, elsewhereMs);
  }

  async settled(round: number): Promise<void> {
    await until(
      'the draw to be settled',
      async () => (await this.pool.roundInfo(round)).state === 'Settled',
      elsewhereMs,
    );
  }

  /** Returns what a file of the keeper's state holds; empty when there is none. @param part of its name */
  saved(part: string): string {
    const name = readdirSync(this.#state).find(each => each.includes(part));
    return name ? readFileSync(join(this.#state, name), 'utf8') : '';
  }

  /** Returns the newest term of the lease, and since when it has a holder. */
  lease(): { readonly term: number; readonly since: Date } {
    const names = readdirSync(this.#state);
    const term = Math.max(...names.map(name => Number(/^keeper-lease\.(\d+)$/.exec(name)?.[1] ?? 0)));
    const { since } = JSON.parse(this.saved(`keeper-lease.${term}`));
    return { term, since: new Date(since) };
  }

  /** Returns the keeper's transactions on the chain, as the hashes and whether each succeeded. */
  async mined(): Promise<{ readonly hash: string; readonly succeeded: boolean }[]> {
    const { provider } = this.anvil;
    const blocks = Array.from({ length: (await provider.getBlockNumber()) + 1 }, (_, block) => block);
    const found = [];
    for (const block of blocks)
      for (const { from, hash } of (await provider.getBlock(block, true))?.prefetchedTransactions ?? [])
        if (from === roles.bot.address)
          found.push({ hash, succeeded: (await provider.getTransactionReceipt(hash))?.status === 1 });
    return found;
  }
}

/** Builds the keeper's image on this machine's engine, and writes the settings of a swarm that gets it from a registry. */
async function buildFor(hosts: Hosts, deployment: Deployment, { folder }: Checkout): Promise<void> {
  await deployment.compose('build', '--quiet', 'keeper');
  await hosts.publish(`service-bots/keeper:${deployment.project}`, 'keeper:hosts');
  const volume = `{ driver_opts: { type: none, o: bind, device: "${hosts.state}/keeper" } }`;
  writeFileSync(join(folder, 'hosts.yaml'), `volumes: { keeper-state: ${volume} }\n`);
  const settings = ['COMPOSE_FILE=compose.yaml:hosts.yaml', `IMAGES=${hosts.images}`, 'TAG=hosts', ''];
  appendFileSync(join(folder, `.env.${deployment.chain}`), settings.join('\n'));
}
