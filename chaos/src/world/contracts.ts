import {
  type Devnet,
  type DevnetPool,
  type DevnetPrizePool,
  daySeconds,
  deployHyperdrive,
  deployPrizePools,
  type PoolOptions,
  type PrizePools,
} from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import type { Chain } from './Chain.ts';

const rate = (percent: string) => parseUnits(percent, 16);

/** Short positions and checkpoints, of which many mature in an hour, and one pool with the usual ones. */
const shortPools: readonly PoolOptions[] = [
  { name: 'Minutes A', positionDuration: 1_200, checkpointDuration: 300 },
  { name: 'Minutes B', positionDuration: 3_600, checkpointDuration: 600 },
  { name: 'Minutes C', positionDuration: 1_800, checkpointDuration: 900, decimals: 6 },
];
const arbitragePool = '30 Day DAI';
const monthly: PoolOptions = {
  name: arbitragePool,
  symbol: 'DAI',
  positionDuration: 30 * daySeconds,
  checkpointDuration: daySeconds,
  fixedRate: rate('6'),
  variableRate: rate('4'),
};

export interface HyperdriveContracts {
  readonly chain: Chain;
  readonly devnet: Devnet;
  readonly short: readonly DevnetPool[];
  readonly monthly: DevnetPool;
}

/** Deploys the pools while the chain still mines at once. */
export async function deployPools(chain: Chain): Promise<HyperdriveContracts> {
  const devnet = await deployHyperdrive(chain.anvil, { pools: [...shortPools, monthly], paused: [] });
  return {
    chain,
    devnet,
    short: shortPools.map(({ name }) => devnet.pool(name)),
    monthly: devnet.pool(arbitragePool),
  };
}

/** The weekly anchor of a prize pool's rounds, UTC. */
export interface Anchor {
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

export interface PrizeVault {
  readonly name: string;
  readonly pool: DevnetPrizePool;
  /** Absent: its rounds are committed as soon as they can be, every few minutes. */
  readonly anchor: Anchor | undefined;
  /** Unix seconds of the first commit: the anchor, or the end of the first period. */
  readonly firstCommit: number;
}

export interface PrizeContracts {
  readonly chain: Chain;
  readonly prize: PrizePools;
  readonly vaults: readonly PrizeVault[];
}

export const leadSeconds = 300;
const weekSeconds = 7 * daySeconds;
/** Sales end this long before a commit is possible. */
const yieldSeconds = 600;
/** The anchors of each hour: each vault has one of them, so that every hour has three anchored draws. */
const anchorMinutes = [20, 35, 50];

/** Deploys a vault that draws every ten minutes, and three whose weekly anchors fall into each hour. */
export async function deployVaults(
  chain: Chain,
  startSeconds: number,
  hours: number,
): Promise<PrizeContracts> {
  const anchors = Array.from({ length: Math.ceil(hours) }, (_, hour) =>
    anchorMinutes.map(minute => startSeconds + hour * 3_600 + minute * 60),
  )
    .flat()
    .filter(at => at < startSeconds + hours * 3_600);
  const anchored = anchors.map(at => ({
    roundDurationSec: weekSeconds - leadSeconds - yieldSeconds,
    yieldPeriodSec: yieldSeconds,
    // Its first commit is possible a lead before the anchor.
    opensAt: at - weekSeconds,
  }));
  const frequent = { roundDurationSec: 300, yieldPeriodSec: 300, opensAt: startSeconds };
  const prize = await deployPrizePools(chain.anvil, [frequent, ...anchored]);
  const [first, ...others] = prize.pools as [DevnetPrizePool, ...DevnetPrizePool[]];
  return {
    chain,
    prize,
    vaults: [
      { name: 'ten minutes', pool: first, anchor: undefined, firstCommit: startSeconds + 600 },
      ...others.map((pool, i) => {
        const at = new Date((anchors[i] as number) * 1_000);
        const anchor = {
          weekday: at.getUTCDay(),
          hour: at.getUTCHours(),
          minute: at.getUTCMinutes(),
        };
        return { name: `weekly ${i + 1}`, pool, anchor, firstCommit: anchors[i] as number };
      }),
    ],
  };
}
