import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export interface HttpReply {
  status: number;
  /** The header, when there is one. */
  retryAfter: string | undefined;
  body: string;
}

/**
 * Posts JSON over a connection that is kept for a few seconds. No redirect is followed. By node:http, because `fetch`
 * costs a bot 10 MB.
 * @throws the error of the socket, the URL or the compression, with a `code`; its text may hold the URL
 */
export async function httpPost(url: string, json: string, signal: AbortSignal): Promise<HttpReply> {
  const response = await responseTo(new URL(url), json, signal);
  const { statusCode = 0, headers } = response;
  const bytes = await buffer(response);
  const plain = headers['content-encoding'] === 'gzip' ? await promisify(gunzip)(bytes) : bytes;
  return { status: statusCode, retryAfter: headers['retry-after'], body: plain.toString() };
}

function responseTo(
  url: URL,
  json: string,
  signal: AbortSignal,
  connection: { agent?: false } = {},
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
      ...connection,
    });
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection just when we took it: that says nothing about the server.
      const wasStale = request.reusedSocket && error.code === 'ECONNRESET';
      if (wasStale && !signal.aborted) resolve(responseTo(url, json, signal, { agent: false }));
      else reject(error);
    });
    request.end(json);
  });
}
