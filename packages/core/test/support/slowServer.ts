import { fork } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';

/**
 * An HTTP server at `slow.test` that is slow to connect to, at the first of two addresses; no server is at
 * the other.
 */
export interface SlowServer {
  port: number;
  close(): void;
}

/**
 * Starts such a server.
 * @param busyMs how long it accepts no connection; the system then retries a second after its first packet
 */
export async function startSlowServer(busyMs: number): Promise<SlowServer> {
  const child = fork(fileURLToPath(new URL('../fixtures/slowConnect.mjs', import.meta.url)));
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  const answer = (_host: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(null, addresses);
  const lookup = jest.spyOn(dns, 'lookup').mockImplementation(answer as never);
  const [port] = (await once(child, 'message')) as [number];
  child.send(busyMs);
  await once(child, 'message');
  return {
    port,
    close() {
      lookup.mockRestore();
      child.kill();
    },
  };
}
