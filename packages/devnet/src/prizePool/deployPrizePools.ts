import { parseEther } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { Anvil } from '../chain/anvil.ts';
import { type Deployed, DeploymentBatch } from '../chain/deploymentBatch.ts';
import { installMulticall3 } from '../chain/multicall3.ts';
import { daySeconds } from '../hyperdrive/poolSpec.ts';
import { DevnetPrizePool } from './devnetPrizePool.ts';
import { prizePoolArtifact, stakedTokenArtifact } from './prizePoolArtifacts.ts';

/**
 * The options of a prize pool. The defaults are those of the live vaults: a week less five minutes a round.
 */
export interface PrizePoolOptions {
  /** Default 1 MON. */
  readonly ticketPriceWei?: bigint;
  /** The period in which tickets are sold. Default 86,400 s. */
  readonly roundDurationSec?: number;
  /** The period from the end of sales until the round may be committed. Default 518,100 s. */
  readonly yieldPeriodSec?: number;
  /**
   * The time at which the first round opened, unix seconds, past or future. Default: the block of the
   * deployment. The first round is due at `opensAt + roundDurationSec + yieldPeriodSec`.
   */
  readonly opensAt?: number;
}

/** Prize pools on a local chain, which share one staked token. */
export interface PrizePools {
  readonly anvil: Anvil;
  /** The replacement of shMON. */
  readonly stakedToken: string;
  /** In the order they were added. */
  readonly pools: readonly DevnetPrizePool[];
  /** Deploys more pools, all in one block. */
  addPools(options: readonly PrizePoolOptions[]): Promise<DevnetPrizePool[]>;
}

export const prizePoolDefaults = {
  ticketPriceWei: parseEther('1'),
  roundDurationSec: daySeconds,
  /** Six days less the five minutes by which a late commit heals itself. */
  yieldPeriodSec: 6 * daySeconds - 300,
} as const;

/**
 * Deploys Multicall3, the staked token and prize pools (default: one), owned by `roles.deployer`, in every
 * mining mode: in one block, or in a few where the chain mines by itself.
 */
export async function deployPrizePools(
  anvil: Anvil,
  options: readonly PrizePoolOptions[] = [{}],
): Promise<PrizePools> {
  const deployer = roles.deployer.address;
  await installMulticall3(anvil);
  const batch = await DeploymentBatch.start(anvil, [deployer]);
  const stakedToken = batch.deploy(deployer, stakedTokenArtifact);
  const addTo = (into: DeploymentBatch, added: readonly PrizePoolOptions[]): Deployed[] =>
    added.map(given => {
      const spec = { ...prizePoolDefaults, opensAt: 0, ...given };
      return into.deploy(deployer, prizePoolArtifact, [
        stakedToken.address,
        deployer,
        spec.ticketPriceWei,
        spec.roundDurationSec,
        spec.yieldPeriodSec,
        spec.opensAt,
      ]);
    });
  const asPool = ({ address }: Deployed): DevnetPrizePool =>
    new DevnetPrizePool(anvil, address, stakedToken.address);

  const first = addTo(batch, options);
  await batch.run();
  const pools = first.map(asPool);
  return {
    anvil,
    stakedToken: stakedToken.address,
    pools,
    async addPools(more) {
      const next = await DeploymentBatch.start(anvil, [deployer]);
      const deployed = addTo(next, more);
      await next.run();
      const added = deployed.map(asPool);
      pools.push(...added);
      return added;
    },
  };
}
