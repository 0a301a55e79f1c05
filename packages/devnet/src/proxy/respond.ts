import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProxyReaction } from './fault.ts';
import type { RequestRecord } from './traffic.ts';

/** Sends the reaction to the client, and records how the request ended. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  reaction: ProxyReaction,
  record: RequestRecord,
): Promise<void> {
  const { socket } = request;
  if (socket.destroyed) return;
  if (reaction === 'hang') {
    record.hang();
    return;
  }
  if (reaction === 'refuse' || reaction === 'reset') {
    record.end('broken');
    if (reaction === 'reset') socket.resetAndDestroy();
    else socket.destroy();
    return;
  }
  const raw = typeof reaction.body === 'string' || Buffer.isBuffer(reaction.body);
  const body = Buffer.from(raw ? (reaction.body as string) : JSON.stringify(reaction.body));
  response.writeHead(reaction.status, {
    'content-type': raw ? 'text/plain' : 'application/json',
    ...reaction.headers,
    'content-length': body.length,
  });
  if (!('sendBytes' in reaction)) {
    record.end('answered');
    response.end(body);
    return;
  }
  record.end('broken');
  const part = body.subarray(0, reaction.sendBytes);
  // Without a flush before the end, the client would get nothing at all.
  await new Promise(resolve => response.write(part, resolve));
  socket.destroy();
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
