import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { createServer, connect as openSocket, type Server } from 'node:net';
import { join } from 'node:path';
import type { Mark } from './record.ts';

/** Whether the process of another copy lives, where that can be known for sure. */
export interface Presence {
  /** Makes this process known as alive for as long as it exists, also while it is stopped. @returns undefined where that is not possible */
  announce(): Promise<Mark | undefined>;
  /** True only when that process exists no more. */
  isGone(mark: Mark): Promise<boolean>;
  /** Takes away what a process that is gone has left. Never throws. */
  clear(mark: Mark): Promise<void>;
  close(): void;
}

/**
 * A socket in the folder that copies share. The kernel itself refuses connections to it from the moment on that the
 * process which listens has ended, and takes them as long as it exists, however it is stopped or paused and whatever
 * containers the two are in: process numbers say nothing between containers. That holds on one kernel, for one
 * mounted file system, so both have to be the same: a socket's file seen by another machine says nothing.
 */
export function socketPresence(folder: string, name: string): Presence {
  let server: Server | undefined;
  let handle: FileHandle | undefined;
  let mark: Mark | undefined;
  /** Short enough for a socket's address, which has 107 bytes, wherever the folder is. */
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
      // In this order: closing the server takes its file away, by that path.
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

/** Anything else, no such file included, is no proof. */
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
