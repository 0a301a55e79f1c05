import type { Observation } from '@service-bots/core/alerts';
import { reasonOf } from '@service-bots/core/errors';
import { readPools, readRegistry, registryAddress } from '@service-bots/core/hyperdrive';
import { readHead } from '@service-bots/core/rpc';
import type { BotContext, Discovery } from '@service-bots/core/runtime';
import type { LpandarbConfig } from './config.ts';
import { poolLimits } from './limits/poolLimits.ts';
import { type LpandarbPool, newPool } from './reading/LpandarbPool.ts';
import { scanPositions } from './reading/readSnapshot.ts';

/**
 * Returns the operator's pools, each with the mark whether the registry still lists it. The bot reads its
 * positions in every new pool from the chain.
 * @throws SetupError when there is no registry, or a pool has no limits
 */
export async function discover(
  ctx: BotContext<LpandarbConfig>,
  known: readonly LpandarbPool[],
): Promise<Discovery<LpandarbPool>> {
  const { config, reader, provider } = ctx;
  const head = await readHead(provider);
  const isNew = (address: string) => !known.some(pool => pool.address === address);
  const { pools: found, unreadable } = await readPools(reader, head, config.LPANDARB_POOLS.filter(isNew));
  const pools = [...known, ...found.map(newPool)];
  for (const pool of pools) poolLimits(config, pool, { priceWei: 0n, firstLayerWei: 0n });

  const listed = await readRegistry(provider, await registryAddress(config, ctx.chain));
  const all = new Set(listed.map(address => address.toLowerCase()));
  for (const pool of pools) pool.isRegistered = all.has(pool.address.toLowerCase());

  const wallet = ctx.sender?.address;
  if (wallet !== undefined)
    for (const pool of pools.filter(({ isScanned, settlement }) => !isScanned && settlement !== undefined))
      await scanPositions(reader, { block: head, pool, wallet });

  const observations: Observation[] = [
    ...unreadable.map(({ address, reason }) => ({
      check: 'pool-unreadable',
      pool: address,
      failing: true as const,
      message: `${address} of LPANDARB_POOLS cannot be read and is not traded with: ${reasonOf(reason)}`,
    })),
    ...pools.map(({ address }) => ({ check: 'pool-unreadable', pool: address, failing: false as const })),
  ];
  return { targets: pools, observations };
}
