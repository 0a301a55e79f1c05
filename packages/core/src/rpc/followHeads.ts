import { WebSocket } from 'ws';
import type { Clock } from '../clock/index.ts';
import type { EndpointAddress } from './Endpoint.ts';

/** Options of `followHeads`. */
export interface HeadHintsOptions {
  /** After this time without a head the connection counts as dead, in ms. */
  silenceMs: number;
  clock: Clock;
  /** Ends the connection. */
  stop: AbortSignal;
  /** Called once when heads begin to arrive, and once when they stop. */
  onChange?: (hears: boolean) => void;
}

/** What a notification says of a head. Both are absent where the node words it in another way. */
export interface HeadHint {
  number?: number;
  hash?: string;
}

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;
/** A head has a few kilobytes; a larger message closes the connection. */
const mostMessageBytes = 1_048_576;

/**
 * Calls `onHead` whenever a node's websocket reports a new head. It is only a hint: heads may be reported
 * twice or not at all, and a caller must not rely on it. It reconnects, with growing pauses, until `stop`
 * aborts. Never throws.
 */
export async function followHeads(
  address: EndpointAddress,
  onHead: (head: HeadHint) => void,
  { silenceMs, clock, onChange, stop }: HeadHintsOptions,
): Promise<void> {
  // ws throws on a URL with a fragment, which is never sent to a server.
  const url = new URL(address.url.reveal());
  url.hash = '';
  let retryMs = firstRetryMs;
  let hears: boolean | undefined;
  const tell = (now: boolean) => {
    if (now !== hears && !stop.aborted) onChange?.(now);
    hears = now;
  };
  const hear = (head: HeadHint) => {
    tell(true);
    onHead(head);
  };
  while (!stop.aborted) {
    const hadHeads = await listen(url.href, hear, { silenceMs, stop });
    tell(false);
    retryMs = hadHeads ? firstRetryMs : Math.min(retryMs * 2, longestRetryMs);
    await clock.sleep(retryMs, stop);
  }
}

/** Keeps one connection until it ends for any reason. @returns whether it reported any head */
function listen(
  url: string,
  onHead: (head: HeadHint) => void,
  { silenceMs, stop }: Pick<HeadHintsOptions, 'silenceMs' | 'stop'>,
): Promise<boolean> {
  return new Promise(resolve => {
    const socket = new WebSocket(url, { handshakeTimeout: silenceMs, maxPayload: mostMessageBytes });
    let hadHeads = false;
    const end = () => socket.terminate();
    let silence = setTimeout(end, silenceMs);
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();

    socket.on('open', () => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }));
    });
    socket.on('message', data => {
      const text = String(data);
      if (!/"eth_subscription"/.test(text)) return;
      hadHeads = true;
      clearTimeout(silence);
      silence = setTimeout(end, silenceMs);
      onHead(headIn(text));
    });
    // An error is always followed by the close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(silence);
      stop.removeEventListener('abort', end);
      resolve(hadHeads);
    });
  });
}

function headIn(text: string): HeadHint {
  const number = /"number"\s*:\s*"(0x[0-9a-f]{1,12})"/i.exec(text)?.[1];
  const hash = /"hash"\s*:\s*"(0x[0-9a-f]{64})"/i.exec(text)?.[1];
  return { ...(number && { number: Number(number) }), ...(hash && { hash }) };
}
