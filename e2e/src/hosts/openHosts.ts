import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outcomeOf, run } from '../run.ts';
import { end, startDaemon } from './daemon.ts';
import { FileServer } from './FileServer.ts';
import { Host } from './Host.ts';
import { HostNetwork } from './HostNetwork.ts';

/** The commands that hosts need, and their packages in Debian and Ubuntu. */
const commands: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  unshare: 'util-linux',
  dockerd: 'docker.io',
  glusterfs: 'glusterfs-client',
  glusterfsd: 'glusterfs-server',
  'docker-registry': 'docker-registry',
};

/** Returns why this machine cannot play several hosts; undefined when it can. */
export async function reasonAgainstHosts(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'network namespaces and mounts need root: sudo make test-hosts';
  const succeeds = async (...command: string[]) =>
    (await outcomeOf('bash', ['-c', ...command], { cwd: '/' })).code === 0;
  const packages: string[] = [];
  for (const [command, name] of Object.entries(commands))
    if (!(await succeeds('command -v "$0"', command))) packages.push(name);
  if (packages.length > 0) return `sudo apt-get install ${packages.join(' ')}`;
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse: sudo modprobe fuse';
  // The network of a stack's services on several hosts.
  if (!(await succeeds('unshare --net ip link add type vxlan id 1 dstport 4789')))
    return 'no network namespace with vxlan can be made here: sudo modprobe vxlan';
  if (!(await succeeds('docker version'))) return 'no Docker engine answers: it builds the image';
  return undefined;
}

const registryPort = 5_000;
/** The beginning of the names of the folders for the hosts' files. */
const homes = 'service-bots-hosts-';

/** Hosts with Docker engines in one swarm, a file server and a registry. */
export interface Hosts {
  readonly hosts: readonly Host[];
  /** The folder of the file server, as it is on this machine's disk. */
  readonly served: string;
  /** Where every host mounts it. */
  readonly state: string;
  /** The prefix of images in the registry. */
  readonly images: string;
  /** Builds nothing: hands an image of this machine's engine to the registry under a tag. */
  publish(image: string, name: string): Promise<void>;
  remove(): Promise<void>;
}

/** Starts hosts, each of which manages their swarm. @param count how many */
export async function openHosts(count: number): Promise<Hosts> {
  // A run that was killed has left its network, of which there is one at a time, and its files.
  for (const left of readdirSync(tmpdir()).filter(each => each.startsWith(homes)))
    rmSync(join(tmpdir(), left), { recursive: true, force: true });
  removeCgroups();
  const home = mkdtempSync(join(tmpdir(), homes));
  const state = join(home, 'state');
  mkdirSync(state);
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const network = await HostNetwork.open(numbers);
  const undoing: (() => Promise<void>)[] = [() => network.remove()];
  const remove = async () => {
    for (const undo of undoing.reverse()) await undo();
    removeCgroups();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const files = FileServer.start(home, HostNetwork.address('lan'));
    undoing.push(() => files.stop());
    const address = `${HostNetwork.address('wan')}:${registryPort}`;
    const registry = startRegistry(home, address);
    undoing.push(() => end(registry));
    const hosts = numbers.map(number => new Host(number, home, state, network, files));
    undoing.push(async () => void (await Promise.all(hosts.map(host => host.kill()))));
    await Promise.all(hosts.map(host => host.boot()));
    await joinInSwarm(hosts);
    const images = `${address}/service-bots`;
    return {
      hosts,
      served: files.folder,
      state,
      images,
      async publish(image, name) {
        const [host] = hosts;
        if (!host) throw new Error('there is no host');
        await run('bash', ['-c', 'docker save "$0" | docker --host "$1" load', image, host.engine], {
          cwd: '/',
        });
        await host.docker('tag', image, `${images}/${name}`);
        await host.docker('push', '--quiet', `${images}/${name}`);
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function joinInSwarm([first, ...others]: readonly Host[]): Promise<void> {
  if (!first) return;
  const own = (host: Host) => ['--advertise-addr', host.address('lan'), '--listen-addr', host.address('lan')];
  await first.docker('swarm', 'init', ...own(first));
  const token = await first.docker('swarm', 'join-token', '--quiet', 'manager');
  for (const host of others)
    await host.docker('swarm', 'join', ...own(host), '--token', token, first.address('lan'));
}

function startRegistry(home: string, address: string): ChildProcess {
  const file = join(home, 'registry.yaml');
  const storage = { filesystem: { rootdirectory: join(home, 'registry') } };
  writeFileSync(file, JSON.stringify({ version: '0.1', storage, http: { addr: address } }));
  return startDaemon('docker-registry', 'serve', file);
}

/** An engine whose power was cut has left the control groups of its containers. */
function removeCgroups(): void {
  const roots = [
    '/sys/fs/cgroup',
    ...readdirSync('/sys/fs/cgroup').map(each => join('/sys/fs/cgroup', each)),
  ];
  const remove = (folder: string) => {
    for (const each of readdirSync(folder, { withFileTypes: true }))
      if (each.isDirectory()) remove(join(folder, each.name));
    rmdirSync(folder);
  };
  for (const root of roots) {
    const folder = join(root, 'service-bots-hosts');
    if (existsSync(folder)) remove(folder);
  }
}
