import { explorers } from '@service-bots/core/chains';
import { commandFor, mergedAlerts } from '../overview/alerts.ts';
import type { AlertView, BotView, Overview, PeerView, PoolView } from '../overview/schema.ts';
import { verdictOf } from '../overview/verdict.ts';
import type { SeenPeer } from './PeerWatch.ts';

/**
 * Returns the overview of this deployment together with those of its peers, so that each watchtower is a
 * portal to all of them. The bots of a peer are called `peer/bot`. The last overview of a silent peer stays,
 * marked as old.
 */
export function withPeers(
  own: Overview,
  seen: readonly SeenPeer[],
  { wellSinceMs, runbookUrl }: { wellSinceMs: number | undefined; runbookUrl: string },
): Overview {
  if (seen.length === 0) return own;
  const shown = seen.flatMap(each => (each.answer ? [named(each, each.answer.overview, runbookUrl)] : []));
  const all = <K extends 'wallets' | 'endpoints' | 'channels' | 'chains' | 'hosts'>(key: K) =>
    [...own[key], ...shown.flatMap(each => each[key] as Overview[K][number][])] as Overview[K];
  const { alerts, leftOut } = mergedAlerts(
    own.alerts,
    shown.map(each => each.alerts),
  );
  const bots = [...own.bots, ...shown.flatMap(each => each.bots)];
  const timeline = [...own.timeline, ...shown.flatMap(each => each.timeline)]
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .slice(0, Math.max(own.timeline.length, mostEvents));
  return {
    ...own,
    verdict: verdictOf(alerts, bots, wellSinceMs),
    alerts,
    alertsLeftOut: leftOut + [own, ...shown].reduce((sum, each) => sum + (each.alertsLeftOut ?? 0), 0),
    bots,
    pools: mergedPools([own.pools, ...shown.map(each => each.pools)]),
    wallets: all('wallets'),
    endpoints: all('endpoints'),
    channels: all('channels'),
    chains: all('chains'),
    hosts: mergedHosts(all('hosts')),
    timeline,
    peers: seen.map(peerView),
  };
}

const mostEvents = 30;

function peerView({ peer, answer, silence }: SeenPeer): PeerView {
  const { verdict, deployment, bots } = answer?.overview ?? {};
  const about = {
    name: peer.name,
    host: new URL(peer.url).host,
    version: deployment?.watchtowerVersion,
    bots: bots?.length ?? 0,
    lastAnswer: answer && new Date(answer.atMs).toISOString(),
  };
  if (silence) {
    const since = new Date(silence.sinceMs).toISOString();
    return { ...about, level: 'error', state: `gives no valid answer: ${silence.reason}`, since };
  }
  if (!verdict) return { ...about, level: 'info', state: 'is asked for the first time' };
  const where = verdict.where ? ` (${verdict.where})` : '';
  return { ...about, level: verdict.level, state: `${verdict.text}${where}`, since: verdict.since };
}

/**
 * Returns the overview of a peer with its name before those of its bots. The peer is untrusted, so links lead
 * only to known explorers and to this deployment's runbooks, and commands are composed here.
 */
function named({ peer, silence }: SeenPeer, overview: Overview, runbookUrl: string): Overview {
  const call = (name: string) => `${peer.name}/${name}`;
  const link = (url: string | undefined) =>
    url !== undefined && explorers.some(explorer => url.startsWith(`${explorer}/`)) ? url : undefined;
  const runbook = (url: string | undefined) => {
    const [, page] = /\/([a-z0-9-]{1,60})(\.md)?$/.exec(url ?? '') ?? [];
    return page && `${runbookUrl}/${page}.md`;
  };
  const action = <A extends { link?: string | undefined } | undefined>(given: A): A =>
    given && { ...given, link: link(given.link) };
  return {
    ...overview,
    alerts: overview.alerts.map(
      (alert): AlertView => ({
        ...alert,
        source: call(alert.source),
        subject: alert.subject === undefined ? undefined : call(alert.subject),
        runbook: runbook(alert.runbook),
        command: commandFor(alert.source.replace(/-\d+$/, ''), alert.key),
      }),
    ),
    bots: overview.bots.map((bot): BotView => {
      const shown = { ...bot, id: call(bot.id), lastAction: action(bot.lastAction) };
      if (!silence) return shown;
      const state = `is not known since the watchtower of ${peer.name} is silent; before that: ${bot.state}`;
      return { ...shown, level: 'warning', state, next: undefined };
    }),
    pools: overview.pools.map(pool => ({
      ...pool,
      link: link(pool.link),
      watchedBy: pool.watchedBy.map(each => ({
        ...each,
        bot: call(each.bot),
        next: silence ? undefined : each.next,
        lastAction: action(each.lastAction),
      })),
    })),
    wallets: overview.wallets.map(wallet => ({ ...wallet, bot: call(wallet.bot), link: link(wallet.link) })),
    endpoints: overview.endpoints.map(endpoint => ({ ...endpoint, bot: call(endpoint.bot) })),
    channels: overview.channels.map(channel => ({ ...channel, bot: call(channel.bot) })),
    hosts: overview.hosts.map(host => ({ ...host, bots: host.bots.map(call) })),
    timeline: overview.timeline.map(event => ({ ...event, bot: call(event.bot), link: link(event.link) })),
  };
}

/** Returns the pools, with a pool that two deployments watch as a single entry. */
function mergedPools(all: readonly (readonly PoolView[])[]): PoolView[] {
  const pools = new Map<string, PoolView>();
  for (const pool of all.flat()) {
    const key = `${pool.chainId} ${pool.address.toLowerCase()}`;
    const known = pools.get(key);
    pools.set(
      key,
      known
        ? {
            ...known,
            watchedBy: [...known.watchedBy, ...pool.watchedBy],
            checks: known.checks.length > 0 ? known.checks : pool.checks,
          }
        : pool,
    );
  }
  return [...pools.values()];
}

/** Returns the hosts, with a host that several deployments share as a single entry. */
function mergedHosts(all: Overview['hosts']): Overview['hosts'] {
  const hosts = new Map<string, Overview['hosts'][number]>();
  for (const host of all) {
    const key = host.id ?? `${host.name} ${host.addresses.join()}`;
    const known = hosts.get(key);
    hosts.set(key, known ? { ...known, bots: [...known.bots, ...host.bots] } : host);
  }
  return [...hosts.values()];
}
