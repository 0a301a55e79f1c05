import type { Watched } from '../polling/watched.ts';
import { type Condition, type Finding, isRecent, untilNextLook } from './condition.ts';
import { listed } from './words.ts';

/** The list is read every five minutes, from a server that may restart. */
const unreadMs = 15 * 60_000;

/** Finds live prize pools that no keeper drives, and driven pools that are not on the list of live pools. */
export const livePools: Condition = deployment => {
  const { watched, live, nowMs } = deployment;
  if (!live) return [];
  const unread = { check: 'manifest-unread', subject: 'manifest' } as const;
  const readable: Finding =
    live.problem === undefined
      ? { ...unread, failing: false }
      : {
          ...unread,
          failing: true,
          severity: 'warning',
          patienceMs: unreadMs,
          message: `The list of live prize pools cannot be read: ${live.problem}. A live pool that no keeper drives is not noticed. First look at WATCHTOWER_POOL_MANIFEST.`,
        };
  const keepers = watched.filter(isDriving);
  if (live.pools === undefined || keepers.length === 0) return [readable];
  const { pools, changesMs } = live;
  const patienceMs = untilNextLook(deployment);
  // The list and the settings of a keeper are seldom changed in the same minute.
  const isMoving = (pool: string) =>
    [changesMs, ...keepers.map(({ poolChangesMs }) => poolChangesMs)].some(changes =>
      isRecent(changes.get(pool), nowMs),
    );
  const driven = keepers.flatMap(poolsOf);
  const missing = pools.filter(pool => !driven.includes(pool) && !isMoving(pool));
  const about = { check: 'pool-unwatched', subject: 'manifest:keeper' } as const;
  return [
    readable,
    missing.length === 0
      ? { ...about, failing: false }
      : {
          ...about,
          failing: true,
          severity: 'error',
          patienceMs,
          message: `The list of live prize pools has ${missing.length} that no keeper drives: ${listed(missing)}. No round of such a pool is committed or settled. First compare POOL_ADDRESSES_V2 of the keeper with the list.`,
        },
    ...keepers.map((keeper): Finding => {
      const retired = poolsOf(keeper).filter(pool => !pools.includes(pool) && !isMoving(pool));
      const own = { check: 'pool-retired', subject: keeper.target.id } as const;
      if (retired.length === 0) return { ...own, failing: false };
      return {
        ...own,
        failing: true,
        severity: 'warning',
        patienceMs,
        message: `${keeper.target.id} drives ${retired.length} pools that the list of live prize pools does not have: ${listed(retired)}. A keeper with only such pools looks busy and does nothing. First compare POOL_ADDRESSES_V2 with the list.`,
      };
    }),
  ];
};

function isDriving({ answer, silence }: Watched): boolean {
  const status = answer?.status;
  return (
    status?.bot === 'keeper' && !silence && status.standingBy === undefined && status.rounds.completed > 0
  );
}

function poolsOf({ answer }: Watched): string[] {
  return (answer?.status.pools ?? []).map(({ address }) => address.toLowerCase());
}
