import { run } from '../run.ts';

/** The networks of a host: its neighbours and the file server (lan), and the rest of the world (wan). */
export type Link = 'lan' | 'wan';
export const links: readonly Link[] = ['lan', 'wan'];

/** Of 198.18.0.0/15, which is reserved for tests of network devices (RFC 2544). */
const subnets: Readonly<Record<Link, string>> = { lan: '198.18.0', wan: '198.18.1' };
/** The end of this machine's own addresses. Hosts count from 11. */
const own = 1;

/** The network namespace of the switches. There, the machine's packet filter does not apply. */
const switches = 'service-bots-net';
const namespaceOf = (host: number) => `service-bots-${host}`;
const endOf = (link: Link) => `sb-${link}`;

const ip = (...args: readonly string[]) => run('ip', args, { cwd: '/' });

/** Two switches with a cable to each of several hosts and to this machine. Each host is a network namespace. */
export class HostNetwork {
  readonly #hosts: readonly number[];

  private constructor(hosts: readonly number[]) {
    this.#hosts = hosts;
  }

  /** @param hosts their numbers, from 1 */
  static async open(hosts: readonly number[]): Promise<HostNetwork> {
    const network = new HostNetwork(hosts);
    await network.remove();
    await ip('netns', 'add', switches);
    for (const link of links) {
      await ip('-n', switches, 'link', 'add', link, 'up', 'type', 'bridge');
      await network.#connect(link, 'own', ['link', 'add', endOf(link), 'type', 'veth']);
      await ip('address', 'add', `${HostNetwork.address(link)}/24`, 'dev', endOf(link));
      await ip('link', 'set', endOf(link), 'up');
    }
    for (const host of hosts) {
      const inHost = ['-n', namespaceOf(host)];
      await ip('netns', 'add', namespaceOf(host));
      await ip(...inHost, 'link', 'set', 'lo', 'up');
      for (const link of links) {
        await network.#connect(link, `${host}`, [...inHost, 'link', 'add', link, 'type', 'veth']);
        await ip(...inHost, 'address', 'add', `${HostNetwork.address(link, host)}/24`, 'dev', link);
        await ip(...inHost, 'link', 'set', link, 'up');
      }
      await ip(...inHost, 'route', 'add', 'default', 'via', HostNetwork.address('wan'));
    }
    return network;
  }

  /** Returns the address of a host, or of this machine. */
  static address(link: Link, host?: number): string {
    return `${subnets[link]}.${host === undefined ? own : 10 + host}`;
  }

  static subnet(link: Link): string {
    return `${subnets[link]}.0/24`;
  }

  /** The command that runs another one in the network of a host. */
  static command(host: number): readonly string[] {
    return ['nsenter', `--net=/run/netns/${namespaceOf(host)}`];
  }

  /** Pulls a host's cables, or plugs them in again. */
  async set(host: number, which: readonly Link[], state: 'up' | 'down'): Promise<void> {
    for (const link of which) await ip('-n', switches, 'link', 'set', `${link}-${host}`, state);
  }

  /** Removes what there is, also after a run that was killed. */
  async remove(): Promise<void> {
    const there = (await ip('netns', 'list')).split('\n').map(line => line.split(' ')[0]);
    for (const name of [...this.#hosts.map(namespaceOf), switches])
      if (there.includes(name)) await ip('netns', 'delete', name);
    // A cable is gone once both of its ends are, a moment after its namespace.
    for (const link of links) await ip('link', 'delete', endOf(link)).catch(() => undefined);
  }

  /** @param add adds one end of the cable, the other one goes to the switch */
  async #connect(link: Link, port: string, add: readonly string[]): Promise<void> {
    const name = `${link}-${port}`;
    await ip(...add, 'peer', 'name', name, 'netns', switches);
    await ip('-n', switches, 'link', 'set', name, 'master', link, 'up');
  }
}
