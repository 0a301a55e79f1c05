import type { BotStatus } from '@service-bots/core/botStatus';
import type { Watched } from '../polling/watched.ts';
import { type Condition, type Finding, isRecent, untilNextLook } from './condition.ts';
import { listed } from './words.ts';

/** The kinds of bots that watch the same pools. */
const together = ['checkpoint', 'invariant'];

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly status: BotStatus;
  readonly pools: ReadonlySet<string>;
  readonly poolChangesMs: ReadonlyMap<string, number>;
}

/** Finds Hyperdrive pools that one kind of bot watches and the other does not. */
export const unwatchedPools: Condition = deployment => {
  const { watched, nowMs } = deployment;
  const isMoving = (pool: string, bots: readonly Seen[]) =>
    bots.some(({ poolChangesMs }) => isRecent(poolChangesMs.get(pool.toLowerCase()), nowMs));
  const seen = watching(watched).filter(({ status }) => together.includes(status.bot));
  return chainsOf(seen).flatMap(chainId => {
    const here = seen.filter(({ status }) => status.chain?.id === chainId);
    return together.flatMap((kind): Finding[] => {
      const own = here.filter(({ status }) => status.bot === kind);
      const others = here.filter(({ status }) => status.bot !== kind);
      if (own.length === 0 || others.length === 0) return [];
      const missing = others.flatMap(({ id, status }) =>
        status.pools
          .filter(
            ({ address }) =>
              !own.some(({ pools }) => pools.has(address.toLowerCase())) && !isMoving(address, here),
          )
          .map(({ address, name }) => `${name} ${address} (watched by ${id})`),
      );
      const subject = own.map(({ id }) => id).join('+');
      const about = { check: 'pool-unwatched', subject } as const;
      if (missing.length === 0) return [{ ...about, failing: false }];
      const message = `${subject} does not watch ${missing.length} of the pools of chain ${chainId}: ${listed(missing)}. ${
        kind === 'checkpoint'
          ? 'No checkpoint of such a pool is minted.'
          : 'No invariant of such a pool is checked.'
      } First compare REGISTRY_ADDRESS and the discovery alerts of both bots.`;
      return [{ ...about, failing: true, severity: 'error', patienceMs: untilNextLook(deployment), message }];
    });
  });
};

/** Finds pools that two bots of one kind act on: each pays gas for the other's work. */
export const doublyWatchedPools: Condition = deployment => {
  const { watched, nowMs } = deployment;
  const seen = watching(watched).filter(({ status }) => status.wallet !== undefined && !status.dryRun);
  const sharedBy = (own: Seen, other: Seen) =>
    own.status.pools.filter(({ address }) => {
      const pool = address.toLowerCase();
      const changes = [own, other].map(({ poolChangesMs }) => poolChangesMs.get(pool));
      return other.pools.has(pool) && !changes.some(changedMs => isRecent(changedMs, nowMs));
    });
  return seen.map((own): Finding => {
    const about = { check: 'pool-watched-twice', subject: own.id } as const;
    const other = seen.find(
      each =>
        each.name > own.name &&
        each.status.bot === own.status.bot &&
        each.status.chain?.id === own.status.chain?.id &&
        sharedBy(own, each).length > 0,
    );
    if (!other) return { ...about, failing: false };
    const shared = sharedBy(own, other);
    const names = shared.map(({ name, address }) => `${name} ${address}`);
    const message = `${own.id} and ${other.id} look after the same ${shared.length} pools: ${listed(names)}. Each pays gas for what the other does. First compare their lists of pools; for a spare copy use one name and a shared STATE_DIR.`;
    return { ...about, failing: true, severity: 'warning', patienceMs: untilNextLook(deployment), message };
  });
};

/** Returns the bots that have completed a round and act. */
function watching(watched: readonly Watched[]): Seen[] {
  return watched.flatMap(({ target, answer, silence, poolChangesMs }): Seen[] => {
    const status = answer?.status;
    if (!status || silence || status.standingBy || status.rounds.completed === 0) return [];
    const pools = new Set(status.pools.map(({ address }) => address.toLowerCase()));
    return [{ id: target.id, name: target.name, status, pools, poolChangesMs }];
  });
}

function chainsOf(seen: readonly Seen[]): number[] {
  return [...new Set(seen.flatMap(({ status }) => status.chain?.id ?? []))];
}
