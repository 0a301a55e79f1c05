import { daySeconds, hourSeconds, type PoolOptions } from '@service-bots/devnet';

const positionDuration = 7 * daySeconds;

/** The act's pools: positions of a week, so that its story fits into two. */
export const poolNames = { dai: '7 Day DAI', usdc: '7 Day USDC', gho: '7 Day GHO' } as const;

/** USDC has 6 decimals and a checkpoint every hour; GHO is paused during the story. */
export const demoPools: readonly PoolOptions[] = [
  { name: poolNames.dai, symbol: 'DAI', positionDuration, checkpointDuration: daySeconds },
  { name: poolNames.usdc, symbol: 'USDC', decimals: 6, positionDuration, checkpointDuration: hourSeconds },
  { name: poolNames.gho, symbol: 'GHO', positionDuration, checkpointDuration: daySeconds },
];
