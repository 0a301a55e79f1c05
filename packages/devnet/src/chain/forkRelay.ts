import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';

/**
 * A JSON-RPC endpoint on the loopback interface that hands everything on to `url`. Anvil takes the chain to fork as an
 * argument, prints it and tells it to whoever asks; a URL with a key in it must not be in any of these places.
 */
export function startForkRelay(url: string): Promise<LoopbackServer> {
  const { host } = new URL(url);
  return startLoopbackServer(async ({ body }) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return {
        status: response.status,
        headers: { 'content-type': 'application/json' },
        body: await response.text(),
      };
    } catch {
      // What fetch says may hold the URL.
      return { status: 502, body: { error: `${host} does not answer` } };
    }
  });
}
