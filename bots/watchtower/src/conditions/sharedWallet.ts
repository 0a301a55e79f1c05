import type { Watched } from '../polling/watched.ts';
import { walletKey } from '../walletKey.ts';
import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';

/** One wallet that two processes send from. A copy that stands by and a dry run send nothing. */
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
    if (all.length < 2) return { ...about, failing: false };
    const names = all.map(({ target }) => target.id).join(' and ');
    return {
      ...about,
      failing: true,
      severity: 'error',
      patienceMs: untilNextLook(deployment),
      message: `${names} send from one wallet, ${subject}. Each replaces or blocks the transactions of the other, since both use the same nonces: mints, commits and pauses come late or never. First stop one of them; then give it a key of its own.`,
    };
  });
};
