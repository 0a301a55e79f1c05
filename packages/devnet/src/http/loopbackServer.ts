import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';

/** A request with its whole body. */
export interface ReceivedRequest {
  readonly method: string;
  /** With the query, as it was sent. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The raw body. */
  readonly body: string;
  readonly receivedAt: Date;
}

/** An answer, or the action instead of an answer. */
export type Reaction = HttpAnswer | 'hang' | 'refuse';

type Handled = Reaction | 'endless';

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, any other value as JSON. */
  readonly body: unknown;
}

export interface LoopbackServer {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Closes the server and every connection, hanging ones too. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on the loopback interface whose handler may answer, never answer (`hang`: the
 * connection stays open until `close`), break the connection (`refuse`), or send 200 with a body that never
 * ends (`endless`).
 *
 * A handler that throws is answered with 500 and its message. `port` 0 lets the operating system choose. With
 * a `host` other machines can reach it too; `url` is still this machine's own.
 *
 * @throws the listen error, EADDRINUSE for a port in use.
 */
export async function startLoopbackServer(
  handle: (request: ReceivedRequest) => Handled | Promise<Handled>,
  port = 0,
  host = '127.0.0.1',
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    void respond(request, response, handle);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    close() {
      closing ??= new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: ReceivedRequest) => Handled | Promise<Handled>,
): Promise<void> {
  let reaction: Handled;
  try {
    reaction = await handle(await receive(request));
  } catch (error) {
    reaction = { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
  }
  if (reaction === 'hang') return;
  if (reaction === 'refuse') {
    request.socket.destroy();
    return;
  }
  if (reaction === 'endless') {
    response.writeHead(200, { 'content-type': 'application/json' });
    // The client closes the connection, which is no error of the server.
    pipeline(Readable.from(endlessBody()), response, () => undefined);
    return;
  }
  const json = typeof reaction.body !== 'string';
  response.writeHead(reaction.status, {
    'content-type': json ? 'application/json' : 'text/plain',
    ...reaction.headers,
  });
  response.end(json ? JSON.stringify(reaction.body) : reaction.body);
}

function* endlessBody(): Generator<Buffer> {
  yield Buffer.from('["');
  const chunk = Buffer.alloc(65_536, 'x');
  for (;;) yield chunk;
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
    receivedAt: new Date(),
  };
}
