import type { Observation } from '@service-bots/core/alerts';
import {
  discoverPools,
  firstMaturity,
  type HyperdrivePool,
  unreadablePool,
} from '@service-bots/core/hyperdrive';
import type { BotContext, Discovery } from '@service-bots/core/runtime';
import { Backlog } from './Backlog.ts';
import type { CheckpointConfig } from './config.ts';

/** A pool, and the state of its checkpoints. */
export interface CheckpointPool extends HyperdrivePool {
  backlog: Backlog;
}

/**
 * Reads the registry's pools. Known pools keep their state. A pool that cannot be read is an observation and
 * does not hide the others; a pool that was readable before stays watched.
 * @throws SetupError when there is no registry
 */
export async function discover(
  ctx: BotContext<CheckpointConfig>,
  known: readonly CheckpointPool[],
): Promise<Discovery<CheckpointPool>> {
  const { registry, listed, pools, unreadable, beginning } = await discoverPools(
    ctx,
    known.map(({ address }) => address),
  );
  const stillListed = known.filter(({ address }) => listed.includes(address));
  const added = pools.map(pool => ({
    ...pool,
    backlog: new Backlog(pool.checkpointDuration, firstMaturity(pool, beginning)),
  }));
  const observations: Observation[] = [
    ...unreadable.map(each => unreadablePool(registry, each)),
    ...pools.map(({ address }) => ({ check: 'pool-unreadable', pool: address, failing: false as const })),
  ];
  return { targets: [...stillListed, ...added], observations };
}
