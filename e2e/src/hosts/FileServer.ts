import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, startDaemon } from './daemon.ts';

const port = 24_100;

/**
 * A file server for the state of bots: GlusterFS, which runs in user space at both ends. As with the NFS mount of
 * deploy/swarm/nfs.yaml, a file is created by one client only, each open is answered by the server, and a client
 * that has lost the server gets errors after some 15 s instead of hanging for ever.
 */
export class FileServer {
  /** The served folder, as it is on this machine's disk. */
  readonly folder: string;
  /** The description of the mount, for the client. */
  readonly client: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, client: string, server: ChildProcess) {
    this.folder = folder;
    this.client = client;
    this.#process = server;
  }

  /** @param home for its files @param address where it listens */
  static start(home: string, address: string): FileServer {
    const folder = join(home, 'served');
    mkdirSync(folder, { recursive: true });
    const write = (name: string, text: string) => {
      const path = join(home, name);
      writeFileSync(path, text);
      return path;
    };
    const server = write(
      'server.vol',
      volume('disk', 'storage/posix', { directory: folder }) +
        volume('served', 'features/locks', {}, 'disk') +
        volume(
          'server',
          'protocol/server',
          {
            'transport-type': 'tcp',
            'transport.socket.bind-address': address,
            'transport.socket.listen-port': `${port}`,
            'auth.addr.served.allow': '*',
          },
          'served',
        ),
    );
    const client = write(
      'client.vol',
      volume('state', 'protocol/client', {
        'transport-type': 'tcp',
        'remote-host': address,
        'remote-port': `${port}`,
        'remote-subvolume': 'served',
        'ping-timeout': '15',
        'frame-timeout': '30',
      }),
    );
    const args = ['--no-daemon', '--volfile', server, '--log-file', join(home, 'server.log')];
    const child = startDaemon('glusterfsd', ...args);
    return new FileServer(folder, client, child);
  }

  stop(): Promise<void> {
    return end(this.#process);
  }
}

function volume(
  name: string,
  type: string,
  options: Readonly<Record<string, string>>,
  below?: string,
): string {
  return [
    `volume ${name}`,
    `type ${type}`,
    ...Object.entries(options).map(([key, value]) => `option ${key} ${value}`),
    ...(below ? [`subvolumes ${below}`] : []),
    'end-volume\n',
  ].join('\n');
}
