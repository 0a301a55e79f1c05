import { alertsOf } from './alerts.ts';
import { botsOf } from './bots.ts';
import { poolsOf } from './pools.ts';
import { type Overview, overviewVersion } from './schema.ts';
import type { Sources } from './sources.ts';
import { channelsOf, endpointsOf, hostsOf, walletsOf } from './tables.ts';
import { verdictOf } from './verdict.ts';

/** Returns the content of the page, the API and the terminal at one moment. */
export function overviewOf(sources: Sources): Overview {
  const { watched, nowMs } = sources;
  const { alerts, leftOut } = alertsOf(sources.ownAlerts, watched);
  const bots = botsOf(watched, nowMs);
  return {
    version: overviewVersion,
    at: new Date(nowMs).toISOString(),
    deployment: {
      name: sources.name,
      watchtowerVersion: sources.version,
      startedAt: new Date(sources.startedAtMs).toISOString(),
      pollSeconds: sources.pollMs / 1000,
      instance: sources.instance,
    },
    verdict: verdictOf(alerts, bots, sources.wellSinceMs),
    alerts,
    alertsLeftOut: leftOut,
    bots,
    pools: poolsOf(watched),
    wallets: walletsOf(sources.wallets, sources.holders),
    endpoints: endpointsOf(watched),
    chains: sources.chains.views.map(({ chainId, name, block, readAtMs, hyperdrive, prize }) => ({
      id: chainId,
      name,
      block,
      readAt: new Date(readAtMs).toISOString(),
      pools: hyperdrive.length + prize.length,
    })),
    channels: channelsOf(watched),
    hosts: hostsOf(watched, sources.here),
    timeline: [...sources.timeline],
  };
}
