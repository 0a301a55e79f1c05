import { type Anvil, type Devnet, deployHyperdrive, startAnvil, weeklyPool } from '@service-bots/devnet';
import { parseUnits } from 'ethers';

/** The number of pools that a bot watches in each series. */
export const poolCounts = [1, 10, 50, 100] as const;

/** A chain that mines on request, and a separate registry for each number of pools. */
export interface PoolSets {
  anvil: Anvil;
  sets: readonly Devnet[];
}

/**
 * @param states blocks whose state the chain keeps, in memory: on disk, ten thousand of them would fill it
 */
export async function startChain(states: number): Promise<Anvil> {
  return startAnvil({ extraArgs: ['--prune-history', String(states)] });
}

export async function deployPoolSets(): Promise<PoolSets> {
  const anvil = await startChain(20);
  const sets: Devnet[] = [];
  for (const count of poolCounts) sets.push(await deployPools(anvil, count));
  return { anvil, sets };
}

/** Deploys weekly pools, with a long and a short open in each. */
export async function deployPools(anvil: Anvil, count: number): Promise<Devnet> {
  const devnet = await deployHyperdrive(anvil, { pools: [], paused: [] });
  // The loop deploys one pool at a time: the requests of a batch of 100 pools are sometimes too many for
  // anvil.
  for (let i = 1; i <= count; i += 1) {
    const pool = await devnet.addPool(weeklyPool(`Bench ${i}`));
    await pool.openLong(parseUnits('1000', pool.decimals));
    await pool.openShort(parseUnits('2000', pool.decimals));
  }
  return devnet;
}

/** `1 pool`, `10 pools` */
export function poolsOf({ pools }: Devnet): string {
  return pools.length === 1 ? '1 pool' : `${pools.length} pools`;
}
