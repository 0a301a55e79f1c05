import type { ChainView } from '../chain/ChainView.ts';
import { type Condition, type Deployment, type Finding, isRecent, untilNextLook } from './condition.ts';
import { duration, listed, moment } from './words.ts';

/** The kinds of bots that take their pools from the registry. */
export const listingKinds = ['checkpoint', 'invariant'];

/** Finds Hyperdrive pools that the registry lists and no checkpoint or invariant bot of the chain watches. */
export const unlistedPools: Condition = deployment =>
  deployment.chains.flatMap(chain =>
    listingKinds.flatMap((kind): Finding[] => {
      const bots = deployment.watched.filter(
        ({ answer, silence }) =>
          !silence &&
          answer?.status.bot === kind &&
          answer.status.chain?.id === chain.chainId &&
          answer.status.rounds.completed > 0,
      );
      if (bots.length === 0 || chain.listed === undefined) return [];
      const watchedPools = bots.flatMap(({ answer }) =>
        (answer?.status.pools ?? []).map(({ address }) => address.toLowerCase()),
      );
      const changesMs = [
        ...chain.added.map(({ address, sinceMs }) => [address.toLowerCase(), sinceMs] as const),
        ...bots.flatMap(({ poolChangesMs }) => [...poolChangesMs]),
      ];
      const missing = chain.listed.filter(address => {
        const pool = address.toLowerCase();
        const isMoving = changesMs.some(([each, ms]) => each === pool && isRecent(ms, deployment.nowMs));
        return !watchedPools.includes(pool) && !isMoving;
      });
      const about = { check: 'pool-unwatched', subject: `registry@${chain.chainId}:${kind}` } as const;
      if (missing.length === 0) return [{ ...about, failing: false }];
      const message = `The registry of ${chain.name} lists ${missing.length} pools that no ${kind} bot watches: ${listed(missing)}. ${kind === 'checkpoint' ? 'No checkpoint of such a pool is minted.' : 'No invariant of such a pool is checked.'} First compare REGISTRY_ADDRESS of the bot and its discovery alerts.`;
      return [{ ...about, failing: true, severity: 'error', patienceMs: untilNextLook(deployment), message }];
    }),
  );

/** A registry that is wrong for one or two readings has retired nothing. */
const retiredPatienceMs = 15 * 60_000;

/** The alert stays open long enough to be read after a holiday. The runbook describes the response. */
const retiredMs = 7 * 86_400_000;

/**
 * Finds Hyperdrive pools that the registry has ceased to list. The bots drop such a pool without a log line,
 * while its positions still mature.
 */
export const retiredPools: Condition = deployment =>
  deployment.chains.flatMap((chain): Finding[] => {
    if (chain.listed === undefined) return [];
    const about = { check: 'pool-retired', subject: `registry@${chain.chainId}` } as const;
    const gone = chain.left.filter(({ sinceMs }) => deployment.nowMs - sinceMs < retiredMs);
    if (gone.length === 0) return [{ ...about, failing: false }];
    const since = Math.min(...gone.map(({ sinceMs }) => sinceMs));
    const named = gone.map(({ address }) => `${address} (${watchersOf(address, chain, deployment)})`);
    const message = `The registry of ${chain.name} has ceased to list ${gone.length === 1 ? 'a pool' : `${gone.length} pools`} since ${moment(since)} (${duration(deployment.nowMs - since)}): ${listed(named)}. Positions in such a pool go on to mature, and the bots neither mint its checkpoints nor check it; this watchtower still raises its overdue checkpoints. First find out whether governance has retired it; until its positions are closed mint by hand what is overdue.`;
    return [{ ...about, failing: true, severity: 'warning', patienceMs: retiredPatienceMs, message }];
  });

function watchersOf(address: string, { chainId }: ChainView, { watched }: Deployment): string {
  const names = watched.flatMap(({ target, answer, silence }) =>
    !silence &&
    answer?.status.chain?.id === chainId &&
    answer.status.pools.some(pool => pool.address.toLowerCase() === address.toLowerCase())
      ? [target.id]
      : [],
  );
  return names.length > 0 ? `still watched by ${names.join(' and ')}` : 'no bot watches it';
}
