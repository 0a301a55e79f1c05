import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';

/**
 * Starts a JSON-RPC endpoint on the loopback interface that forwards every request to `url`. Anvil takes the
 * chain to fork as an argument, prints it and returns it to any client; a URL with a key in it must not be in
 * any of these places.
 */
export function startForkRelay(url: string): Promise<LoopbackServer> {
  const target = new URL(url);
  const { host, username, password } = target;
  // fetch takes no URL with a name and password in it.
  target.username = '';
  target.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const authorization = username || password ? `Basic ${credentials.toString('base64')}` : undefined;
  return startLoopbackServer(async ({ body }) => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body,
      });
      return {
        status: response.status,
        headers: { 'content-type': 'application/json' },
        body: await response.text(),
      };
    } catch {
      // The error of fetch may hold the URL.
      return { status: 502, body: { error: `${host} does not answer` } };
    }
  });
}
