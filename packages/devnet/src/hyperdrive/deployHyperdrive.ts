import { Wallet, ZeroAddress } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { Anvil } from '../chain/anvil.ts';
import { DeploymentBatch } from '../chain/deploymentBatch.ts';
import { installMulticall3, multicall3Address } from '../chain/multicall3.ts';
import { transact } from '../chain/transact.ts';
import { artifacts, interfaces } from './artifacts.ts';
import {
  type ArtifactsServer,
  type ArtifactsServerOptions,
  startArtifactsServer,
} from './artifactsServer.ts';
import { deployPool, type PoolContracts, type SharedContracts } from './deployPool.ts';
import { DevnetPool } from './devnetPool.ts';
import { defaultPools, type PoolOptions, type PoolSpec, poolSpec } from './poolSpec.ts';

export interface DeployOptions {
  /** Default: the four of `defaultPools`. */
  readonly pools?: readonly PoolOptions[];
  /**
   * Names of the pools to pause at once. Default: `Devnet 7 Day Paused`, if it is deployed. Give an empty
   * list to open positions first and pause later (`pool.pause()`).
   */
  readonly paused?: readonly string[];
}

/** Hyperdrive on a local chain. */
export interface Devnet {
  readonly anvil: Anvil;
  /** Also governs the pools and administers the registry. */
  readonly deployer: Wallet;
  readonly registry: string;
  readonly adminController: string;
  readonly pauser: string;
  readonly multicall3: string;
  /** In the order of their addition; an unregistered pool stays in the list. */
  readonly pools: readonly DevnetPool[];
  /** The pool of that name. @throws Error when there is none. */
  pool(name: string): DevnetPool;
  /** Deploys, initialises and registers one more pool. */
  addPool(options: PoolOptions): Promise<DevnetPool>;
  /** Enters any addresses into the registry with data 1. */
  registerPools(addresses: readonly string[]): Promise<void>;
  /** Removes an address from the registry (data 0), which moves the last entry into its place. */
  unregisterPool(address: string): Promise<void>;
  /** Deploys and registers a contract whose every function reverts. */
  deployBrokenPool(): Promise<string>;
  /** Serves the deployment's addresses as JSON, as the operators' local set-up does. Each devnet has a separate one. */
  artifactsServer(options?: ArtifactsServerOptions): Promise<ArtifactsServer>;
  /** Closes all that the devnet opened (but not the chain, which the caller owns). */
  close(): Promise<void>;
}

const registryName = 'Devnet Hyperdrive Registry';
const pausedByDefault = 'Devnet 7 Day Paused';
/** Init code that leaves `PUSH0 PUSH0 REVERT` as the contract's code. */
const alwaysReverts = '0x625f5ffd5f526003601df3';

/**
 * Deploys Multicall3, the registry and the pools, and registers the pools.
 *
 * On a fork it deploys beside the existing contracts. The chain's mining mode stays as it is: everything goes
 * into one block, which is mined for it.
 *
 * @throws Error that names the step which reverted, or a missing pool that should be paused.
 */
export async function deployHyperdrive(anvil: Anvil, options: DeployOptions = {}): Promise<Devnet> {
  const specs = (options.pools ?? defaultPools).map(poolSpec);
  const deployer = roles.deployer.address;
  const pauser = roles.pauser.address;
  await installMulticall3(anvil);

  const batch = await DeploymentBatch.start(anvil, [deployer, pauser]);
  const registry = batch.deploy(deployer, artifacts.HyperdriveRegistry);
  batch.call(deployer, registry, 'initialize', [registryName, deployer]);
  const adminController = batch.deploy(deployer, artifacts.MockHyperdriveAdminController, [
    deployer,
    deployer,
    deployer,
    ZeroAddress,
    [pauser],
  ]);
  const lpMath = batch.deploy(deployer, artifacts.LPMath);
  const shared: SharedContracts = {
    deployer,
    adminController: adminController.address,
    lpMath: lpMath.address,
  };
  const contracts: PoolContracts[] = [];
  for (const spec of specs) {
    const source = contracts[specs.findIndex(({ name }) => name === spec.onVaultOf)];
    contracts.push(deployPool(batch, spec, shared, source));
  }
  if (contracts.length > 0) {
    batch.call(
      deployer,
      registry,
      'setInstanceInfo',
      entries(
        contracts.map(({ pool }) => pool.address),
        1n,
      ),
    );
  }
  await batch.run();

  const asPool = (spec: PoolSpec, { pool, asset, vault }: PoolContracts): DevnetPool =>
    new DevnetPool(anvil, spec, { pool: pool.address, asset: asset.address, vault: vault.address }, pauser);
  const pools = specs.map((spec, index) => asPool(spec, contracts[index] as PoolContracts));
  const poolNamed = (name: string): DevnetPool => {
    const found = pools.find(pool => pool.name === name);
    if (found !== undefined) return found;
    throw new Error(`no pool is called ${name}; there are ${pools.map(pool => pool.name).join(', ')}`);
  };
  const paused = options.paused ?? specs.map(({ name }) => name).filter(name => name === pausedByDefault);
  for (const name of paused) await poolNamed(name).pause();

  const setInstanceInfo = async (addresses: readonly string[], data: bigint): Promise<void> => {
    const target = { address: registry.address, abi: interfaces.registry };
    await transact(anvil, deployer, target, 'setInstanceInfo', entries(addresses, data));
  };
  let server: Promise<ArtifactsServer> | undefined;

  return {
    anvil,
    deployer: new Wallet(roles.deployer.privateKey, anvil.provider),
    registry: registry.address,
    adminController: adminController.address,
    pauser,
    multicall3: multicall3Address,
    pools,
    pool: poolNamed,
    async addPool(poolOptions) {
      const spec = poolSpec(poolOptions);
      const more = await DeploymentBatch.start(anvil, [deployer]);
      const deployed = deployPool(more, spec, shared);
      more.call(deployer, registry, 'setInstanceInfo', entries([deployed.pool.address], 1n));
      await more.run();
      const pool = asPool(spec, deployed);
      pools.push(pool);
      return pool;
    },
    registerPools: addresses => setInstanceInfo(addresses, 1n),
    unregisterPool: address => setInstanceInfo([address], 0n),
    async deployBrokenPool() {
      const broken = await DeploymentBatch.start(anvil, [deployer]);
      const address = broken.deployRaw(deployer, 'a broken pool', alwaysReverts);
      broken.call(deployer, registry, 'setInstanceInfo', entries([address], 1n));
      await broken.run();
      return address;
    },
    artifactsServer(serverOptions) {
      server ??= startArtifactsServer(
        () => ({
          hyperdriveRegistry: registry.address,
          multicall3: multicall3Address,
          pools: Object.fromEntries(pools.map(pool => [pool.name, pool.address])),
        }),
        serverOptions,
      );
      return server;
    },
    async close() {
      if (server !== undefined) await (await server).close();
    },
  };
}

/** The arguments of `setInstanceInfo`: no factory made these pools. */
function entries(addresses: readonly string[], data: bigint): unknown[] {
  return [addresses, addresses.map(() => data), addresses.map(() => ZeroAddress)];
}
