import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { ReplyTooLarge, unpacked } from './unpacked.ts';

/** A request, and the limits of its reply. */
export interface HttpRequest {
  /** @default POST with a body, GET without one */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  headers?: Readonly<Record<string, string>>;
  /** JSON. */
  body?: string | undefined;
  signal: AbortSignal;
  /** The limit of the reply's body, as it is sent and unpacked. */
  mostBytes: number;
  /** Where it is set, a body that is too large, or not complete within this time, is cut: no error is thrown. */
  cutAfterMs?: number;
  /** Whether only the body of a 2xx reply is read. Any other body is empty. */
  onlyOk?: boolean;
  /** How many redirects are followed. The next host gets none of `headers`. @default 0 */
  redirects?: number;
  /**
   * Whether the request is sent once more when the server closed a kept connection just as it was taken. The
   * server may then get it twice. @default false
   */
  mayRepeat?: boolean;
}

/** A reply, with any status. */
export interface HttpReply {
  status: number;
  /** Whether the status is 2xx. */
  ok: boolean;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The headers of `fetch`: some services refuse a request that names no client. */
const usualHeaders = { accept: '*/*', 'user-agent': 'node' };

/**
 * The time for each address of a host, in ms, in the connections of libraries (SMTP, websocket). Node's own
 * limit of 250 ms fails every connection from a machine without IPv6 to a host farther away than that.
 */
setDefaultAutoSelectFamilyAttemptTimeout(2_000);

/**
 * Sends a request over a connection that is kept for a few seconds, the only HTTP client of the bots. It uses
 * node:http, because `fetch` costs a bot 10 MB.
 * @throws ReplyTooLarge; the reason of `signal` when it aborted; the error of the socket, the URL or the
 * compression, with a `code`; its text may hold the URL
 */
export async function httpRequest(url: string, options: HttpRequest): Promise<HttpReply> {
  const { signal, mostBytes, onlyOk = false, redirects = 0, headers: _, ...rest } = options;
  try {
    const response = await responseTo(new URL(url), options, {
      autoSelectFamilyAttemptTimeout: hastyConnectMs,
    });
    const { statusCode: status = 0, headers } = response;
    const isRedirect = status >= 300 && status < 400 && headers.location !== undefined;
    if (isRedirect && redirects > 0) {
      response.destroy();
      const next = new URL(headers.location as string, url).href;
      return await httpRequest(next, { ...rest, signal, mostBytes, onlyOk, redirects: redirects - 1 });
    }
    const ok = status >= 200 && status < 300;
    if (onlyOk && !ok) {
      response.destroy();
      return { status, ok, headers, body: '' };
    }
    const bytes = await unpackedBody(response, options);
    return { status, ok, headers, body: new TextDecoder().decode(bytes) };
  } catch (error) {
    if (signal.aborted && !(error instanceof ReplyTooLarge)) throw signal.reason;
    // Node reports a body that breaks off as "aborted".
    if (error instanceof Error && error.message === 'aborted') error.message = 'the connection broke off';
    throw error;
  }
}

async function unpackedBody(
  response: IncomingMessage,
  { mostBytes, cutAfterMs }: HttpRequest,
): Promise<Buffer> {
  const encoding = response.headers['content-encoding'];
  if (cutAfterMs === undefined) return unpacked(await bodyOf(response, mostBytes), encoding, mostBytes);
  const bytes = await beginningOf(response, mostBytes, cutAfterMs);
  return unpacked(bytes, encoding, mostBytes).catch(() => Buffer.alloc(0));
}

async function bodyOf(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  // Only a server that switches to another protocol has taken the connection over.
  if (response.statusCode === 101) {
    response.destroy();
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) throw new ReplyTooLarge(mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function beginningOf(response: IncomingMessage, mostBytes: number, withinMs: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(() => response.destroy(), withinMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= mostBytes) break;
    }
  } catch {
    // The caller decides by the status.
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).subarray(0, mostBytes);
}

/** The options of a connection. */
interface Connecting extends RequestOptions {
  agent?: false;
  /** How long each address of the host but the last may take, in ms. */
  autoSelectFamilyAttemptTimeout: number;
}

/** Node's own default: a dead address costs no more. */
const hastyConnectMs = 250;
/** Longer than a connection to any place takes, a lost packet included. */
const patientConnectMs = 2_000;

function responseTo(url: URL, options: HttpRequest, connecting: Connecting): Promise<IncomingMessage> {
  const { body, headers, signal, method = body === undefined ? 'GET' : 'POST' } = options;
  const ofBody = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body ?? '') };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      headers: {
        ...usualHeaders,
        // A packed body that is cut cannot be unpacked.
        ...(options.cutAfterMs === undefined ? { 'accept-encoding': 'gzip' } : {}),
        ...(body === undefined ? {} : ofBody),
        ...headers,
      },
      signal,
      ...connecting,
    });
    request.on('response', resolve);
    // A server that switches protocols (HTTP 101) without being asked: no response follows.
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = options.mayRepeat === true && request.reusedSocket;
      const again = signal.aborted ? undefined : otherWay(error, isStale, connecting);
      if (again) resolve(responseTo(url, options, again));
      else reject(error);
    });
    // A request may end without a response and without an error: the caller must not wait for ever.
    request.on('close', () => reject(new Error('the connection was closed')));
    request.end(body);
  });
}

/**
 * Returns how to connect anew when the way of connecting caused the failure, which is then no sign of the
 * server's health.
 */
function otherWay(
  { code, errors = [] }: NodeJS.ErrnoException & { errors?: readonly unknown[] },
  isStale: boolean,
  connecting: Connecting,
): Connecting | undefined {
  // The server closed an idle connection just when it was taken.
  if (isStale && code === 'ECONNRESET') return { ...connecting, agent: false };
  // A distant host exceeds the hasty limit every time.
  const wasHasty = connecting.autoSelectFamilyAttemptTimeout === hastyConnectMs && errors.some(isTimeout);
  return wasHasty ? { ...connecting, autoSelectFamilyAttemptTimeout: patientConnectMs } : undefined;
}

function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
}
