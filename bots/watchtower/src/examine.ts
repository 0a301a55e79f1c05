import { systemClock } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import { examineEndpoint, type Finding, fail, ok, warn } from '@service-bots/core/runtime';
import { isLoopback, type WatchtowerConfig } from './config.ts';
import { fetchOverview } from './peers/fetchOverview.ts';
import { tokenFor } from './peers/peerList.ts';
import { fetchStatus } from './polling/fetchStatus.ts';

const withinMs = 5_000;

/**
 * Returns the findings of `--check`: whether each bot, endpoint and peer answers, and the address of the
 * page.
 */
export async function examineTargets(config: WatchtowerConfig): Promise<Finding[]> {
  const asked = await Promise.all(
    config.WATCHTOWER_TARGETS.map(async ({ id, url }): Promise<Finding> => {
      const what = `bot ${id}`;
      try {
        const answer = await fetchStatus(url, withinMs, systemClock);
        const { bot, version, chain, healthy } = answer.status;
        const where = chain ? `chain ${chain.id}` : 'no chain yet';
        const text = `${bot} ${version}, ${where}, ${healthy ? 'healthy' : 'not healthy'}`;
        return (healthy ? ok : warn)(what, text);
      } catch (error) {
        return warn(what, `${new URL(url).host} gives no status: ${reasonOf(error)}`);
      }
    }),
  );
  const { WATCHTOWER_HOST: host, WATCHTOWER_TOKEN: token } = config;
  const page = `${host}:${config.WATCHTOWER_PORT}`;
  return [
    ...asked,
    ...(await examineChains(config)),
    ...(await examinePeers(config)),
    isLoopback(host) ? ok('page', `${page}, this machine only`) : ok('page', `${page}, with a token`),
    ...(token || isLoopback(host) ? [] : [fail('page', 'has no token')]),
  ];
}

/**
 * Returns whether the watchtower's own endpoints answer. Without them only the bots notice overdue actions.
 */
async function examineChains({ WATCHTOWER_RPC_URL: endpoints = [] }: WatchtowerConfig): Promise<Finding[]> {
  if (endpoints.length > 0) return Promise.all(endpoints.map(examineEndpoint));
  const text =
    'WATCHTOWER_RPC_URL is not set: what is overdue on chain is noticed by the bots themselves only';
  return [warn('chains', text)];
}

/** Returns whether each peer answers, and whether a token would cross a network unencrypted. */
async function examinePeers(config: WatchtowerConfig): Promise<Finding[]> {
  const peers = config.WATCHTOWER_PEERS ?? [];
  const found = await Promise.all(
    peers.map(async (peer): Promise<Finding[]> => {
      const what = `peer ${peer.name}`;
      const { protocol, host, hostname } = new URL(peer.url);
      const token = tokenFor(peer, config.WATCHTOWER_PEERS_TOKEN);
      const open: Finding[] =
        token && protocol === 'http:' && !isLoopback(hostname)
          ? [warn(what, `${host} is sent the token in the clear: put TLS in front of it, or a tunnel`)]
          : [];
      try {
        const question = { url: peer.url, withinMs, clock: systemClock, token };
        const { deployment, verdict } = await fetchOverview(question);
        const text = `${deployment.name}, watchtower ${deployment.watchtowerVersion}: ${verdict.text}`;
        return [ok(what, text), ...open];
      } catch (error) {
        return [warn(what, `${host} gives no status: ${reasonOf(error)}`), ...open];
      }
    }),
  );
  return found.flat();
}
