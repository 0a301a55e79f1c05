import type { Watched } from '../polling/watched.ts';
import type { WalletFacts } from '../wallets.ts';
import { addressLink } from './bots.ts';
import type { HostFacts } from './hostFacts.ts';
import type { HostView, Overview, WalletView } from './schema.ts';

export function walletsOf(
  wallets: readonly WalletFacts[],
  holders: ReadonlyMap<string, readonly string[]>,
): WalletView[] {
  return wallets.map(wallet => {
    const { bot, name, address, chainId, chainName, currency, balanceWei, isRead, watched } = wallet;
    return {
      bot,
      address,
      chain: chainName,
      currency,
      balanceWei: balanceWei?.toString(),
      isRead,
      actionsLeft: wallet.actionsLeft,
      daysLeft: wallet.daysLeft,
      mayCall: watched.answer?.status.wallet?.functions ?? [],
      mayCallOn: watched.answer?.status.pools.length,
      // The entry of the wallet is more specific than the entry of its bot.
      keyHolders: [...(holders.get(address.toLowerCase()) ?? holders.get(name) ?? [])],
      link: addressLink(chainId, address),
    };
  });
}

export function endpointsOf(watched: readonly Watched[]): Overview['endpoints'] {
  return watched.flatMap(({ target, answer }) =>
    (answer?.status.endpoints ?? []).map(
      ({ host, state, latencyMs, lag, breaker, trafficShare, lastFault }) => ({
        bot: target.id,
        host,
        state,
        latencyMs,
        lagBlocks: lag,
        breaker,
        trafficPercent: trafficShare === undefined ? undefined : Math.round(trafficShare * 1000) / 10,
        lastFault,
      }),
    ),
  );
}

export function channelsOf(watched: readonly Watched[]): Overview['channels'] {
  return watched.flatMap(({ target, answer }) =>
    (answer?.status.channels ?? []).map(({ name, lastDelivered, waiting, failing }) => ({
      bot: target.id,
      name,
      lastDelivered,
      waiting,
      failingSince: failing?.since,
      reason: failing?.reason,
    })),
  );
}

/** Returns each machine once: this one, and those that the bots report. */
export function hostsOf(watched: readonly Watched[], here: HostFacts): HostView[] {
  const hosts = new Map<string, HostView>();
  const { id: hereId, addresses, ...facts } = here;
  hosts.set(hereId ?? here.name, { id: hereId, ...facts, addresses: [...addresses], bots: ['watchtower'] });
  for (const { target, answer, clock } of watched) {
    if (!answer) continue;
    const { host: name, machine } = answer.status;
    const { id: machineId, ...figures } = machine ?? {};
    // Containers of one machine have different host names, so the machine's id comes first.
    const key = machineId ?? name;
    const known = hosts.get(key);
    if (known) {
      known.bots.push(target.id);
      continue;
    }
    hosts.set(key, {
      id: machineId,
      ...figures,
      name,
      addresses: machine?.addresses ?? [],
      bots: [target.id],
      clockAheadMs: clock && Math.round(clock.aheadMs),
    });
  }
  return [...hosts.values()];
}
