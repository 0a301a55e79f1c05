import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { createServer, connect as openSocket, type Server } from 'node:net';
import { join } from 'node:path';
import type { Mark } from './record.ts';

/** Determines whether the process of another copy lives, where that is possible with certainty. */
export interface Presence {
  /**
   * Marks this process as alive for as long as it exists, also while it is suspended.
   * @returns undefined where that is not possible
   */
  announce(): Promise<Mark | undefined>;
  /** Returns true only when that process has ended. */
  isGone(mark: Mark): Promise<boolean>;
  /** Deletes the socket of a process that has ended. Never throws. */
  clear(mark: Mark): Promise<void>;
  close(): void;
}

/**
 * Opens a presence by a socket in the folder that copies share. The kernel refuses connections to the socket
 * as soon as the listening process has ended, and accepts them while the process exists, even while it is
 * stopped or paused. The method works across containers, where process numbers do not. It holds within one
 * kernel and one mounted file system, so both have to be the same: a socket's file seen by another machine is
 * no sign.
 */
export function socketPresence(folder: string, name: string): Presence {
  let server: Server | undefined;
  let handle: FileHandle | undefined;
  let mark: Mark | undefined;
  /** Returns a path short enough for a socket's address, which has 107 bytes, for a folder anywhere. */
  const pathIn = ({ fd }: FileHandle, socket: string) => `/proc/self/fd/${fd}/${socket}`;

  async function here(): Promise<Omit<Mark, 'socket'>> {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const { dev } = await stat(folder, { bigint: true });
    return { boot, device: `${dev}` };
  }

  return {
    async announce() {
      if (mark) return mark;
      try {
        handle = await open(folder, 'r');
        server = await listen(pathIn(handle, name));
        mark = { ...(await here()), socket: name };
      } catch {
        this.close();
      }
      return mark;
    },
    async isGone({ boot, device, socket }) {
      let own: FileHandle | undefined;
      try {
        const place = await here();
        if (boot !== place.boot || device !== place.device) return false;
        own = await open(folder, 'r');
        return await isRefused(pathIn(own, socket));
      } catch {
        return false;
      } finally {
        await own?.close();
      }
    },
    clear: ({ socket }) => rm(join(folder, socket), { force: true }).catch(() => undefined),
    close() {
      // The order matters: closing the server deletes its file, by that path.
      server?.close();
      void handle?.close().catch(() => undefined);
      server = handle = mark = undefined;
    },
  };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.once('error', reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

/** Returns whether the connection is refused. Any other error, a missing file included, is no proof. */
function isRefused(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = openSocket(path);
    const end = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket.once('connect', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}
