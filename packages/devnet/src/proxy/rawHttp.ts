import { request } from 'node:http';

/**
 * The bytes that arrived on the wire, with error codes: for tests that must not depend on the tolerance of a
 * client library.
 */
export interface RawAnswer {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, as far as it arrived. */
  readonly text: string;
  /**
   * `complete`; `cut` when the connection ended before the body did; `timeout`; or the error's code
   * (ECONNREFUSED, ECONNRESET …) when no answer began.
   */
  readonly end: string;
  /** Returns the JSON of the body. Throws when it is none. */
  json<T = { result?: unknown; error?: { code: number; message: string } }>(): T;
}

let lastId = 0;

/** Posts one JSON-RPC call on a separate connection. */
export function rawCall(
  url: string,
  method: string,
  params: readonly unknown[] = [],
  timeoutMs = 5_000,
): Promise<RawAnswer> {
  lastId += 1;
  return rawPost(url, { jsonrpc: '2.0', id: lastId, method, params }, timeoutMs);
}

/** Posts a body (a string as it is, any other value as JSON) on a separate connection. */
export function rawPost(url: string, body: unknown, timeoutMs = 5_000): Promise<RawAnswer> {
  return new Promise(resolve => {
    let text = '';
    const done = (end: string, rest: Partial<RawAnswer> = {}): void => {
      clearTimeout(timer);
      resolve({ headers: {}, ...rest, text, end, json: () => JSON.parse(text) });
    };
    const client = request(
      url,
      { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } },
      response => {
        const seen = { status: response.statusCode ?? 0, headers: response.headers };
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => done('complete', seen));
        response.on('error', () => done('cut', seen));
      },
    );
    const timer = setTimeout(() => {
      done('timeout');
      client.destroy();
    }, timeoutMs);
    client.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    client.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}
