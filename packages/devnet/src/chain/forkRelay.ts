import { setTimeout as sleep } from 'node:timers/promises';
import { type LoopbackServer, startLoopbackServer } from '../http/loopbackServer.ts';

/** How long the relay tries before it gives up, and anvil with it. */
export const relayPatienceMs = 120_000;
const attemptTimeoutMs = 20_000;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/**
 * An idle connection is closed by the server after 5 s; a request that anvil sends just then fails, and anvil does
 * not repeat it.
 */
const withoutReuse = { connection: 'close' };

/**
 * Starts a JSON-RPC endpoint on the loopback interface that forwards every request to `url`. Anvil takes the
 * chain to fork as an argument, prints it and returns it to any client; a URL with a key in it must not be in
 * any of these places.
 *
 * A node that does not answer, answers with a server error or limits the rate is asked again: anvil 1.7.1 ends
 * (SIGABRT) when one read that a block needs fails, and the fork with it. Before its first answer a node is asked
 * once only: the URL may be wrong.
 * @param patienceMs how long a request is repeated
 */
export function startForkRelay(url: string, patienceMs = relayPatienceMs): Promise<LoopbackServer> {
  const target = new URL(url);
  const { host, username, password } = target;
  // fetch takes no URL with a name and password in it.
  target.username = '';
  target.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const authorization = username || password ? `Basic ${credentials.toString('base64')}` : undefined;
  const forward = async (body: string) => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body,
        signal: AbortSignal.timeout(attemptTimeoutMs),
      });
      return {
        status: response.status,
        headers: { 'content-type': 'application/json', ...withoutReuse },
        body: await response.text(),
      };
    } catch {
      // The error of fetch may hold the URL.
      return { status: 502, headers: withoutReuse, body: { error: `${host} does not answer` } };
    }
  };
  let hasAnswered = false;
  return startLoopbackServer(async ({ body }) => {
    const giveUpAt = performance.now() + patienceMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const answer = await forward(body);
      const isTransient = answer.status >= 500 || answer.status === 429;
      hasAnswered ||= !isTransient;
      if (!isTransient || !hasAnswered || performance.now() + pauseMs > giveUpAt) return answer;
      await sleep(pauseMs, undefined, { ref: false });
    }
  });
}
