import {
  type Anvil,
  type Devnet,
  daySeconds,
  deployHyperdrive,
  startAnvil,
  weeklyPool,
} from '@service-bots/devnet';

/** The number of pools of a bot in each series. */
export const poolCounts = [1, 10, 100] as const;
/**
 * The age in days of the first possible maturity of each pool: a month of checkpoints to read at the start.
 */
const historyDays = 30;

/** A chain with a block a second, and a separate registry for each number of pools. */
export interface PoolSets {
  anvil: Anvil;
  sets: readonly Devnet[];
}

export async function deployPoolSets(): Promise<PoolSets> {
  const anvil = await startAnvil({ blockTime: 1 });
  const sets: Devnet[] = [];
  for (const count of poolCounts) {
    const [first, ...others] = Array.from({ length: count }, (_, i) => weeklyPool(`Bench ${i + 1}`));
    const devnet = await deployHyperdrive(anvil, { pools: first ? [first] : [], paused: [] });
    // The loop deploys one pool at a time: the thousands of requests of a batch of 100 pools are sometimes
    // too many for anvil (ECONNRESET).
    for (const pool of others) await devnet.addPool(pool);
    sets.push(devnet);
  }
  await anvil.time.increase((7 + historyDays) * daySeconds);
  return { anvil, sets };
}

/** `1 pool`, `10 pools` */
export function poolsOf({ pools }: Devnet): string {
  return pools.length === 1 ? '1 pool' : `${pools.length} pools`;
}
