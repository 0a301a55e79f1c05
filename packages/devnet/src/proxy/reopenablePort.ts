import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A port on the loopback interface that can be closed for a while. */
export interface ReopenablePort {
  readonly port: number;
  /**
   * Closes the listening socket and every connection (a client is refused, ECONNREFUSED), or listens on the
   * same port again. If another process has taken the port meanwhile, it waits until that process has
   * released it.
   */
  setListening(open: boolean): Promise<void>;
  /** Closes for good. May be called again. */
  close(): Promise<void>;
}

const retryMs = 20;

/**
 * Listens on `port` (0: the operating system chooses) with a server of `makeServer`, with a new one each time
 * it reopens. `onClose` ends connections that the server does not track (upgraded ones).
 *
 * @throws the listen error, EADDRINUSE for a port in use.
 */
export async function openPort(
  makeServer: () => Server,
  port = 0,
  onClose: () => void = () => {},
): Promise<ReopenablePort> {
  let server: Server | undefined = makeServer();
  let closed = false;
  await listen(server, port);
  const { port: actual } = server.address() as AddressInfo;

  const shut = (): Promise<void> => {
    const open = server;
    server = undefined;
    if (open === undefined) return Promise.resolve();
    return new Promise(resolve => {
      open.close(() => resolve());
      open.closeAllConnections();
      onClose();
    });
  };
  const reopen = async (): Promise<void> => {
    while (server === undefined && !closed) {
      const next = makeServer();
      try {
        await listen(next, actual);
        server = next;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        await delay(retryMs);
      }
    }
  };

  // The steps run one after the other: a fault that flaps may ask for both at once.
  let last: Promise<void> = Promise.resolve();
  const afterLast = (step: () => Promise<void>): Promise<void> => {
    last = last.catch(() => undefined).then(step);
    return last;
  };
  return {
    port: actual,
    setListening: open => afterLast(open ? reopen : shut),
    close() {
      closed = true;
      return afterLast(shut);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
