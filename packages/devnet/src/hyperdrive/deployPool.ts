import { MaxUint256, parseUnits, ZeroAddress, ZeroHash } from 'ethers';
import type { Deployed, DeploymentBatch } from '../chain/deploymentBatch.ts';
import { artifacts, lpMathPlaceholder } from './artifacts.ts';
import { type PoolSpec, timeStretch } from './poolSpec.ts';

/** The contracts that all pools of one deployment share. */
export interface SharedContracts {
  readonly deployer: string;
  readonly adminController: string;
  readonly lpMath: string;
}

/** The three contracts of a pool that a caller needs; the targets are behind the pool's own address. */
export interface PoolContracts {
  readonly pool: Deployed;
  readonly asset: Deployed;
  readonly vault: Deployed;
}

/** Returns trade options that pay and receive base, to `destination`, without data for the yield source. */
export function inBase(destination: string): { destination: string; asBase: boolean; extraData: string } {
  return { destination, asBase: true, extraData: '0x' };
}

/**
 * Adds a whole pool to the batch: base token, vault, five targets, the pool itself, its initial liquidity.
 *
 * The vault earns nothing until the pool is initialised: `initialVaultSharePrice` is part of the pool's
 * immutable configuration and must be the vault's price at that moment.
 * @param yieldSource base token and vault of another pool in the batch; its own unless given
 */
export function deployPool(
  batch: DeploymentBatch,
  spec: PoolSpec,
  shared: SharedContracts,
  yieldSource?: Pick<PoolContracts, 'asset' | 'vault'>,
): PoolContracts {
  const { deployer, adminController, lpMath } = shared;
  const { asset, vault } = yieldSource ?? deployYieldSource(batch, spec, deployer);
  const config = {
    baseToken: asset.address,
    vaultSharesToken: vault.address,
    linkerFactory: ZeroAddress,
    linkerCodeHash: ZeroHash,
    initialVaultSharePrice: spec.initialVaultSharePrice,
    minimumShareReserves: spec.minimumShareReserves,
    minimumTransactionAmount: spec.minimumTransactionAmount,
    circuitBreakerDelta: spec.circuitBreakerDelta,
    positionDuration: spec.positionDuration,
    checkpointDuration: spec.checkpointDuration,
    timeStretch: timeStretch(spec.targetRate, spec.positionDuration),
    governance: deployer,
    feeCollector: deployer,
    sweepCollector: deployer,
    checkpointRewarder: ZeroAddress,
    fees: spec.fees,
  };
  const libraries = { [lpMathPlaceholder]: lpMath };
  const targets = artifacts.targets.map(
    target => batch.deploy(deployer, target, [config, adminController], libraries).address,
  );
  const pool = batch.deploy(deployer, artifacts.ERC4626Hyperdrive, [
    spec.name,
    config,
    adminController,
    ...targets,
  ]);

  batch.call(deployer, asset, 'mint(address,uint256)', [deployer, spec.liquidity]);
  batch.call(deployer, asset, 'approve', [pool.address, MaxUint256]);
  batch.call(deployer, pool, 'initialize', [spec.liquidity, spec.fixedRate, inBase(deployer)]);
  batch.call(deployer, vault, 'setRate', [spec.variableRate]);
  return { pool, asset, vault };
}

function deployYieldSource(
  batch: DeploymentBatch,
  spec: PoolSpec,
  deployer: string,
): Pick<PoolContracts, 'asset' | 'vault'> {
  const { symbol, decimals } = spec;
  const asset = batch.deploy(deployer, artifacts.ERC20Mintable, [
    `Devnet ${symbol}`,
    symbol,
    decimals,
    deployer,
    false, // not a competition: any account may mint
    MaxUint256,
  ]);
  const vault = batch.deploy(deployer, artifacts.MockERC4626, [
    asset.address,
    `Devnet ${symbol} Vault`,
    `yv${symbol}`,
    0n,
    deployer,
    false,
    MaxUint256,
  ]);
  if (spec.initialVaultSharePrice !== parseUnits('1', 18)) seedVault(batch, spec, deployer, asset, vault);
  return { asset, vault };
}

/** Gives an empty vault a price other than 1: deposit a million, then donate (or burn) the difference. */
function seedVault(
  batch: DeploymentBatch,
  spec: PoolSpec,
  deployer: string,
  asset: Deployed,
  vault: Deployed,
): void {
  const one = parseUnits('1', 18);
  const seed = parseUnits('1000000', spec.decimals);
  const wanted = (seed * spec.initialVaultSharePrice) / one;
  batch.call(deployer, asset, 'mint(address,uint256)', [deployer, seed]);
  batch.call(deployer, asset, 'approve', [vault.address, MaxUint256]);
  batch.call(deployer, vault, 'deposit', [seed, deployer]);
  const method = wanted > seed ? 'mint(address,uint256)' : 'burn(address,uint256)';
  const difference = wanted > seed ? wanted - seed : seed - wanted;
  batch.call(deployer, asset, method, [vault.address, difference]);
}
