import { Contract, MaxUint256, parseEther, parseUnits, ZeroAddress, ZeroHash } from 'ethers';
import { roles } from '../chain/accounts.ts';
import { DeploymentBatch } from '../chain/deploymentBatch.ts';
import { transact } from '../chain/transact.ts';
import { artifacts, interfaces, lpMathPlaceholder } from './artifacts.ts';
import type { Devnet } from './deployHyperdrive.ts';
import { inBase } from './deployPool.ts';
import { poolSpec, timeStretch, weeklyPool } from './poolSpec.ts';

/** A real pool on (a mock of) Lido: base is ETH, the vault's shares are not its token's balance. */
export interface StEthPool {
  readonly address: string;
  readonly contract: Contract;
  readonly lido: Contract;
}

/** The placeholder for ETH where the contracts expect a token's address. */
const ethPlaceholder = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';

/** Deploys it with weekly positions and 1,000 ETH of liquidity, and enters it into the registry. */
export async function deployStEthPool({ anvil, adminController, registerPools }: Devnet): Promise<StEthPool> {
  const deployer = roles.deployer.address;
  const spec = poolSpec(weeklyPool('Devnet 7 Day stETH'));
  const batch = await DeploymentBatch.start(anvil, [deployer]);
  const lido = batch.deploy(deployer, artifacts.MockLido, [0n, deployer, false, MaxUint256]);
  const lpMath = batch.deploy(deployer, artifacts.LPMath);
  const config = {
    ...spec,
    baseToken: ethPlaceholder,
    vaultSharesToken: lido.address,
    linkerFactory: ZeroAddress,
    linkerCodeHash: ZeroHash,
    minimumShareReserves: parseUnits('1', 15),
    minimumTransactionAmount: parseUnits('1', 15),
    timeStretch: timeStretch(spec.targetRate, spec.positionDuration),
    governance: deployer,
    feeCollector: deployer,
    sweepCollector: deployer,
    checkpointRewarder: ZeroAddress,
  };
  const { targets, StETHHyperdrive } = artifacts.stEth;
  const libraries = { [lpMathPlaceholder]: lpMath.address };
  const targetAddresses = targets.map(
    target => batch.deploy(deployer, target, [config, adminController], libraries).address,
  );
  const pool = batch.deploy(deployer, StETHHyperdrive, [
    spec.name,
    config,
    adminController,
    ...targetAddresses,
  ]);
  await batch.run();

  // Gives a share its first price.
  await transact(anvil, deployer, lido, 'submit', [ZeroAddress], parseEther('1000'));
  const liquidity = parseEther('1000');
  const initialize = [liquidity, spec.fixedRate, inBase(deployer)];
  const target = { address: pool.address, abi: interfaces.hyperdrive };
  await transact(anvil, deployer, target, 'initialize', initialize, liquidity);
  await transact(anvil, deployer, lido, 'setRate', [spec.variableRate]);
  await registerPools([pool.address]);
  return {
    address: pool.address,
    contract: new Contract(pool.address, interfaces.hyperdrive, anvil.provider),
    lido: new Contract(lido.address, lido.abi, anvil.provider),
  };
}
