import type { Observation } from '@service-bots/core/alerts';
import { type HyperdrivePool, readPools, readRegistry, registryAddress } from '@service-bots/core/hyperdrive';
import { readBlock, readHead } from '@service-bots/core/rpc';
import type { BotContext, Discovery } from '@service-bots/core/runtime';
import { Backlog } from './backlog.ts';
import type { CheckpointConfig } from './config.ts';

/** A pool, and the state of its checkpoints. */
export interface CheckpointPool extends HyperdrivePool {
  backlog: Backlog;
}

/** Checkpoints older than this are not looked for. */
const longestHistorySeconds = 4 * 365 * 86_400;

/**
 * Reads the registry's pools. Known pools keep their state. A pool that cannot be read is an observation and
 * does not hide the others; a pool that was readable before stays watched.
 * @throws SetupError when there is no registry
 */
export async function discover(
  ctx: BotContext<CheckpointConfig>,
  known: readonly CheckpointPool[],
): Promise<Discovery<CheckpointPool>> {
  const registry = await registryAddress(ctx.config, ctx.chain);
  const listed = await readRegistry(ctx.provider, registry);
  const stillListed = known.filter(({ address }) => listed.includes(address));
  const unknown = listed.filter(address => !known.some(pool => pool.address === address));
  const head = await readHead(ctx.provider);
  const { pools, unreadable } = await readPools(ctx.reader, head, unknown);
  // The header of the chain's first block with pools; where it is not served, the limit alone applies.
  const first =
    pools.length === 0
      ? undefined
      : await readBlock(ctx.provider, ctx.chain.firstBlock).catch(() => undefined);
  const beginning = Math.max(first?.timestamp ?? 0, head.timestamp - longestHistorySeconds);
  const added = pools.map(pool => ({
    ...pool,
    backlog: new Backlog(pool.checkpointDuration, firstMaturity(pool, beginning)),
  }));
  const observations: Observation[] = [
    ...unreadable.map(({ address, reason }) => ({
      check: 'pool-unreadable',
      pool: address,
      failing: true as const,
      message: `${address} is listed, but ${reason}`,
      cause: `registry ${registry}`,
    })),
    ...pools.map(({ address }) => ({ check: 'pool-unreadable', pool: address, failing: false as const })),
  ];
  return { targets: [...stillListed, ...added], observations };
}

/** A position matures a duration after the beginning of the checkpoint in which it was opened. */
function firstMaturity({ checkpointDuration, positionDuration }: HyperdrivePool, beginning: number): number {
  return beginning - (beginning % checkpointDuration) + positionDuration;
}
