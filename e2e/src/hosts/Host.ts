import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, outcomeOf, run } from '../run.ts';
import { until } from '../until.ts';
import { end, startDaemon } from './daemon.ts';
import type { FileServer } from './FileServer.ts';
import { HostNetwork, type Link, links } from './HostNetwork.ts';

const script = fileURLToPath(new URL('host.sh', import.meta.url));

/**
 * A host with a Docker engine of its own, and the folder of a file server: namespaces on this machine instead of a
 * machine. It shares this machine's kernel, its clock and its disk.
 */
export class Host {
  readonly number: number;
  readonly name: string;
  /** The engine's address, for the Docker command. */
  readonly engine: string;
  readonly #folder: string;
  readonly #network: HostNetwork;
  readonly #client: string;
  readonly #state: string;
  #daemon: ChildProcess | undefined;

  /** @param home for its files @param state where it mounts the folder of the file server */
  constructor(number: number, home: string, state: string, network: HostNetwork, { client }: FileServer) {
    this.number = number;
    this.name = `host${number}`;
    this.#folder = join(home, this.name);
    this.engine = `unix://${this.#folder}/docker.sock`;
    this.#network = network;
    this.#client = client;
    this.#state = state;
    mkdirSync(this.#folder, { recursive: true });
  }

  address(link: Link): string {
    return HostNetwork.address(link, this.number);
  }

  docker(...args: readonly string[]): Promise<string> {
    return run('docker', ['--host', this.engine, ...args], { cwd: '/' });
  }

  dockerOutcome(...args: readonly string[]): Promise<CommandResult> {
    return outcomeOf('docker', ['--host', this.engine, ...args], { cwd: '/' });
  }

  /** Boots the host, and waits until its engine answers. */
  async boot(): Promise<void> {
    for (const left of ['docker.pid', 'docker.sock', 'run'])
      rmSync(join(this.#folder, left), { recursive: true, force: true });
    const daemon = startDaemon(
      ...HostNetwork.command(this.number),
      ...['unshare', '--mount', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child'],
      ...[script, this.name, this.#folder, this.#state, this.#client, HostNetwork.subnet('wan')],
    );
    this.#daemon = daemon;
    await until(`the engine of ${this.name}`, async () => {
      if (daemon.exitCode !== null) return true;
      return (await this.dockerOutcome('version')).code === 0;
    });
    if (daemon.exitCode === null) return;
    const log = readFileSync(join(this.#folder, 'host.log'), 'utf8').slice(-2_000);
    throw new Error(`${this.name} ended at its start, with ${daemon.exitCode}:\n${log}`);
  }

  /** Cuts the power: every process of the host is gone when this resolves, without a word to any other host. */
  async kill(): Promise<void> {
    const pid = this.#daemon?.pid;
    if (
      !this.#daemon ||
      pid === undefined ||
      this.#daemon.exitCode !== null ||
      this.#daemon.signalCode !== null
    )
      return;
    // With the first process of its tree, the kernel ends all of them, before it ends that one.
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    await end(this.#daemon, first ? Number(first) : pid);
  }

  cutOff(...which: readonly Link[]): Promise<void> {
    return this.#network.set(this.number, which.length > 0 ? which : links, 'down');
  }

  reconnect(): Promise<void> {
    return this.#network.set(this.number, links, 'up');
  }

  /** Returns the ids of the running containers of a service. */
  async containersOf(service: string): Promise<string[]> {
    const filter = `label=com.docker.swarm.service.name=${service}`;
    const ids = await this.docker('ps', '--quiet', '--no-trunc', '--filter', filter);
    return ids.split('\n').filter(Boolean);
  }
}
