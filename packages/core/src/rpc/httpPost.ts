import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

export interface HttpReply {
  status: number;
  /** The header, when there is one. */
  retryAfter: string | undefined;
  /** The server's own time, when it is given, in ms since 1970. */
  serverTime: number | undefined;
  body: string;
}

/**
 * The limit of the body as it is sent, and of the unpacked body: several times the largest body that nodes
 * send.
 */
export const mostReplyBytes = 16 * 1024 * 1024;

/**
 * Posts JSON over a connection that is kept for a few seconds. No redirect is followed. It uses node:http,
 * because `fetch` costs a bot 10 MB.
 * @throws ReplyTooLarge; the error of the socket, the URL or the compression, with a `code`; its text may
 * hold the URL
 */
export async function httpPost(url: string, json: string, signal: AbortSignal): Promise<HttpReply> {
  const response = await responseTo(new URL(url), json, signal, {
    autoSelectFamilyAttemptTimeout: hastyConnectMs,
  });
  const { statusCode = 0, headers } = response;
  const bytes = await bodyOf(response);
  const serverTime = Date.parse(headers.date ?? '');
  return {
    status: statusCode,
    retryAfter: headers['retry-after'],
    serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
    body: (await unpacked(bytes, headers['content-encoding'], mostReplyBytes)).toString(),
  };
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
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
    if (bytes > mostReplyBytes) throw new ReplyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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

function responseTo(
  url: URL,
  json: string,
  signal: AbortSignal,
  connecting: Connecting,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(json),
        'accept-encoding': 'gzip',
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
      const again = signal.aborted ? undefined : otherWay(error, request.reusedSocket, connecting);
      if (again) resolve(responseTo(url, json, signal, again));
      else reject(error);
    });
    // A request may end without a response and without an error: the caller must not wait for ever.
    request.on('close', () => reject(new Error('the connection was closed')));
    request.end(json);
  });
}

/**
 * Returns how to connect anew when the way of connecting caused the failure, which is then no sign of the
 * server's health.
 */
function otherWay(
  { code, errors = [] }: NodeJS.ErrnoException & { errors?: readonly unknown[] },
  wasReused: boolean,
  connecting: Connecting,
): Connecting | undefined {
  // The server closed an idle connection just when it was taken.
  if (wasReused && code === 'ECONNRESET') return { ...connecting, agent: false };
  // A distant host exceeds the hasty limit every time.
  const wasHasty = connecting.autoSelectFamilyAttemptTimeout === hastyConnectMs && errors.some(isTimeout);
  return wasHasty ? { ...connecting, autoSelectFamilyAttemptTimeout: patientConnectMs } : undefined;
}

function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
}

/** Thrown when the reply is too large to be read into memory. */
export class ReplyTooLarge extends Error {}

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const gzip: Unpack = promisify(gunzip);
const brotli: Unpack = promisify(brotliDecompress);
/** Servers send both formats under this name. */
const deflate: Unpack = async (bytes, options) => {
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8;
  return isZlib ? promisify(inflate)(bytes, options) : promisify(inflateRaw)(bytes, options);
};

/** Only gzip is requested; gateways send other encodings all the same. */
const unpackers: Readonly<Record<string, Unpack>> = {
  gzip,
  'x-gzip': gzip,
  deflate,
  'x-deflate': deflate,
  br: brotli,
};
/** A body with more layers of compression than this is no reply. */
const mostLayers = 3;

/**
 * Unpacks the body of a reply. The header's names may be in any case, there may be several, and the body may
 * not be compressed at all: gzip is recognised by its first bytes.
 * @param encoding the header `Content-Encoding`, the outermost layer last
 * @param mostBytes limit of each layer
 * @throws ReplyTooLarge; the error of the compression, with a `code`
 */
export async function unpacked(
  body: Buffer,
  encoding: string | undefined,
  mostBytes: number,
): Promise<Buffer> {
  const named = (encoding ?? '').toLowerCase().split(',');
  const layers = named.map(name => name.trim()).filter(name => name !== '' && name !== 'identity');
  let bytes = body;
  for (const name of layers.reverse().slice(0, mostLayers)) {
    const unpack = unpackers[name];
    const isPlain = unpack === gzip && !startsAsGzip(bytes);
    if (unpack && !isPlain) bytes = await bounded(unpack, bytes, mostBytes);
  }
  return startsAsGzip(bytes) ? bounded(gzip, bytes, mostBytes) : bytes;
}

async function bounded(unpack: Unpack, bytes: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? new ReplyTooLarge() : error;
  }
}

/** No JSON begins with these two bytes. */
function startsAsGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
