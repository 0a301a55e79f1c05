import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '../../http/index.ts';
import type { Redactor } from '../../logger/index.ts';
import { serialise } from '../../logger/index.ts';
import type { Metrics } from './Metrics.ts';
import type { Status } from './Status.ts';

interface StatusServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  status: Status;
  metrics: Metrics;
  redactor: Redactor;
  /** Returns ms since 1970. */
  now(): number;
}

export interface StatusServer {
  port: number;
  close(): void;
}

/**
 * Serves the state of a bot over HTTP.
 * - `/healthz`: 200 only while rounds complete on time and the head moves, or while the copy stands by
 * - `/readyz`: 200 once the first round has completed, while the head moves
 * - `/metrics`, `/status`
 * @throws ConfigError when the server cannot listen on the port
 */
export async function startStatusServer({
  host,
  port,
  status,
  metrics,
  redactor,
  now,
}: StatusServerOptions): Promise<StatusServer> {
  const routes: Record<string, () => Promise<Reply> | Reply> = {
    '/healthz': () =>
      verdict(status.isHealthy(now()), stillness(status) ?? 'no round has completed in time', good(status)),
    '/readyz': () =>
      verdict(
        status.isReady,
        status.standby ? good(status) : (stillness(status) ?? 'no round has completed yet'),
      ),
    '/metrics': async () => ({
      code: 200,
      type: metrics.registry.contentType,
      body: await metrics.registry.metrics(),
    }),
    '/status': () => ({
      code: 200,
      type: 'application/json',
      body: JSON.stringify(serialise(status.toObject(now()), maxStatusBytes), null, 2),
    }),
  };
  const answer = async (url: string): Promise<Reply> => {
    const route = routes[url.split('?', 1)[0] ?? ''];
    return route
      ? route()
      : { code: 404, type: 'text/plain', body: `try ${Object.keys(routes).join(', ')}\n` };
  };
  // No request, and no failure to answer it, stops the bot.
  const server = createServer((request, response) => {
    answer(request.url ?? '/').then(
      reply => send(response, { ...reply, body: redactor.redact(reply.body) }),
      () => send(response, { code: 500, type: 'text/plain', body: 'the status could not be put together\n' }),
    );
  });
  await listen(server, { host, port, variable: 'STATUS_PORT' });
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Reply {
  code: number;
  type: string;
  body: string;
}

const maxStatusBytes = 4_000_000;

function good({ standby }: Status): string {
  if (!standby) return 'ok';
  const { holder } = standby;
  return holder
    ? `standing by, held by ${holder.host} (process ${holder.pid}) since ${holder.since}`
    : 'standing by';
}

function stillness(status: Status): string | undefined {
  const since = status.standsStillSince();
  return since === undefined
    ? undefined
    : `the chain or every endpoint stands still since ${new Date(since).toISOString()}`;
}

function verdict(isGood: boolean, otherwise: string, text = 'ok'): Reply {
  return { code: isGood ? 200 : 503, type: 'text/plain', body: `${isGood ? text : otherwise}\n` };
}

function send(response: ServerResponse, { code, type, body }: Reply): void {
  response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
