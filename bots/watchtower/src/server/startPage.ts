import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { listen } from '@service-bots/core/http';
import { type AppOptions, createApp } from './app.tsx';

export interface PageServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The time limit of a request. A request is a few hundred bytes; a client that sends it byte by byte is
 * disconnected.
 */
const requestMs = 10_000;
const mostConnections = 500;

/** Starts the server of the page. @throws ConfigError when the port is not available */
export async function startPage(host: string, port: number, options: AppOptions): Promise<PageServer> {
  const app = createApp(options);
  // The library's own Response would also be sent where the answer has already been written.
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const server = createServer((request, response) => {
    void listener(request, response);
  });
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  server.maxConnections = mostConnections;
  await listen(server, { host, port, variable: 'WATCHTOWER_PORT' });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      options.live.close();
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
