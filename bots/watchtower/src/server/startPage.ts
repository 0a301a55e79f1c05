import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { ConfigError } from '@service-bots/core/config';
import { type AppOptions, createApp } from './app.tsx';

export interface PageServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A request is a few hundred bytes; a client that sends it byte by byte is disconnected. */
const requestMs = 10_000;
const mostConnections = 500;

/** @throws ConfigError when the port cannot be had */
export async function startPage(host: string, port: number, options: AppOptions): Promise<PageServer> {
  const app = createApp(options);
  // The library's own Response would be sent also where the answer has been written already.
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  const server = createServer((request, response) => {
    void listener(request, response);
  });
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  server.maxConnections = mostConnections;
  await listen(server, host, port);
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problem = `${host}:${port} cannot be listened on (${error.code}); choose a free port, or 0 for any`;
      reject(new ConfigError([{ variable: 'WATCHTOWER_PORT', problem }]));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}
