import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { openPort } from './reopenablePort.ts';
import { type WsFault, wsFaults } from './wsFaults.ts';

/** The proxy's websocket end: every client has a separate connection to the chain. */
export interface WsEnd {
  readonly port: number;
  readonly url: string;
  /** Clients connected now. */
  readonly connections: number;
  /** Clients connected so far. */
  readonly connectionsEver: number;
  /** JSON-RPC calls so far, by method. */
  readonly calls: ReadonlyMap<string, number>;
  /** Heads sent to clients so far, including copies. */
  readonly headsSent: number;
  /** Puts a fault of `wsFaults` in force in place of the one before. */
  setFault(fault: WsFault): Promise<void>;
  clearFault(): Promise<void>;
  /** Ends every connection: without a closing frame (1006 at the client), or with this closing code. */
  drop(closeCode?: number): void;
  close(): Promise<void>;
}

/** Starts a websocket server in front of the one at `upstreamUrl`, on a separate port. */
export async function startWsEnd(upstreamUrl: string): Promise<WsEnd> {
  // The fault decides whether pongs are sent.
  const sockets = new WebSocketServer({ noServer: true, autoPong: false, clientTracking: true });
  const unanswered = new Set<Duplex>();
  const calls = new Map<string, number>();
  let fault: WsFault = wsFaults.ok;
  let connectionsEver = 0;
  let headsSent = 0;

  const serve = (client: WebSocket): void => {
    connectionsEver += 1;
    const upstream = new WebSocket(upstreamUrl);
    const waiting: string[] = [];
    let heads = 0;
    let countedFor = fault;
    let dropped = false;
    client.on('message', data => {
      const text = data.toString();
      count(calls, text);
      if (fault.speaks === false) return;
      if (upstream.readyState === WebSocket.CONNECTING) waiting.push(text);
      else upstream.send(text);
    });
    client.on('ping', data => {
      if (fault.speaks !== false) client.pong(data);
    });
    upstream.on('open', () => {
      for (const text of waiting) upstream.send(text);
    });
    upstream.on('message', data => {
      if (fault.speaks === false || dropped) return;
      const text = data.toString();
      if (!isHead(text)) {
        client.send(text);
        return;
      }
      if (countedFor !== fault) {
        countedFor = fault;
        heads = 0;
      }
      heads += 1;
      for (let copies = fault.copies?.(heads) ?? 1; copies > 0; copies -= 1) {
        client.send(text);
        headsSent += 1;
      }
      if (heads === fault.dropAfterHeads) {
        dropped = true;
        // Without a closing frame, but after the sent messages.
        setImmediate(() => client.terminate());
      }
    });
    client.on('close', () => upstream.terminate());
    upstream.on('close', () => client.terminate());
    // A lost connection is followed by `close`.
    client.on('error', () => {});
    upstream.on('error', () => {});
  };

  const makeServer = (): Server => {
    const server = createServer((_, response) => {
      response.writeHead(426, { 'content-type': 'text/plain' }).end('this end speaks websocket');
    });
    server.on('upgrade', (request, socket: Duplex, head) => {
      if (fault.upgrades === false) {
        unanswered.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => unanswered.delete(socket));
        return;
      }
      sockets.handleUpgrade(request, socket, head, serve);
    });
    return server;
  };
  const dropAll = (): void => {
    for (const client of sockets.clients) client.terminate();
    for (const socket of unanswered) socket.destroy();
  };
  const listening = await openPort(makeServer, 0, dropAll);
  const setFault = (next: WsFault): Promise<void> => {
    fault = next;
    return listening.setListening(next.listens !== false);
  };

  return {
    port: listening.port,
    url: `ws://127.0.0.1:${listening.port}`,
    get connections() {
      return sockets.clients.size;
    },
    get connectionsEver() {
      return connectionsEver;
    },
    calls,
    get headsSent() {
      return headsSent;
    },
    setFault,
    clearFault: () => setFault(wsFaults.ok),
    drop(closeCode) {
      if (closeCode === undefined) dropAll();
      else for (const client of sockets.clients) client.close(closeCode);
    },
    close: () => listening.close(),
  };
}

function count(calls: Map<string, number>, text: string): void {
  try {
    const message = JSON.parse(text) as { method?: unknown };
    const method = String(message.method);
    calls.set(method, (calls.get(method) ?? 0) + 1);
  } catch {
    // A message that is not JSON goes to the chain, which refuses it.
  }
}

/** Returns whether it is a notification with a block header. */
function isHead(text: string): boolean {
  if (!text.includes('"eth_subscription"')) return false;
  const message = JSON.parse(text) as {
    method?: string;
    params?: { result?: { number?: string; parentHash?: string } };
  };
  return message.method === 'eth_subscription' && message.params?.result?.parentHash !== undefined;
}
