import type { SeenPeer } from '../peers/PeerWatch.ts';
import type { Watched } from '../polling/watched.ts';
import { walletKey } from '../walletKey.ts';
import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';

/**
 * Finds wallets from which two processes send, here or in two deployments. A copy that stands by and a dry
 * run send nothing.
 */
export const sharedWallet: Condition = deployment => {
  const users = new Map<string, Watched[]>();
  for (const watched of deployment.watched) {
    const { answer, silence } = watched;
    const { wallet, chain, standingBy, dryRun } = answer?.status ?? {};
    if (!wallet || silence || standingBy || dryRun) continue;
    const key = walletKey(wallet.address, chain?.id);
    users.set(key, [...(users.get(key) ?? []), watched]);
  }
  return [...users].map(([subject, all]): Finding => {
    const about = { check: 'wallet-shared', subject } as const;
    const elsewhere = deployment.peers.filter(peer => isUsedBy(peer, subject, all));
    if (all.length + elsewhere.length < 2) return { ...about, failing: false };
    const names = [
      ...all.map(({ target }) => target.id),
      ...elsewhere.map(({ peer }) => `a bot of ${peer.name}, as its watchtower says,`),
    ].join(' and ');
    return {
      ...about,
      failing: true,
      severity: 'error',
      patienceMs: untilNextLook(deployment),
      message: `${names} send from one wallet, ${subject}. Each replaces or blocks the transactions of the other, since both use the same nonces: mints, commits and pauses come late or never. First stop one of them; then give it a key of its own.`,
    };
  });
};

/**
 * Returns whether a bot of another deployment sends from a wallet of this one. Two watchtowers of one
 * deployment show the same processes, so a process is recognised by its host and its start.
 */
function isUsedBy({ answer, silence }: SeenPeer, key: string, own: readonly Watched[]): boolean {
  if (!answer || silence) return false;
  const { bots, wallets } = answer.overview;
  return bots.some(
    bot =>
      !bot.dryRun &&
      !bot.standsBy &&
      // The start of a bot is unknown while the bot does not answer the other deployment's watchtower.
      bot.upSince !== undefined &&
      !own.some(({ answer: is }) => is?.status.host === bot.host && is?.status.startedAt === bot.upSince) &&
      wallets.some(({ bot: id, address }) => id === bot.id && walletKey(address, bot.chain?.id) === key),
  );
}
