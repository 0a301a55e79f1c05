import { Contract } from 'ethers';
import { roles } from '../chain/accounts.ts';
import type { Anvil } from '../chain/anvil.ts';
import { DeploymentBatch } from '../chain/deploymentBatch.ts';
import { artifacts, lpMathPlaceholder } from './artifacts.ts';

/** The contracts' own arithmetic, made callable, to compare other implementations with it. */
export interface MathLibraries {
  readonly fixedPoint: Contract;
  readonly yieldSpace: Contract;
  readonly hyperdrive: Contract;
  readonly lp: Contract;
}

/** Deploys the wrappers with which the contracts' authors test their libraries. */
export async function deployMathLibraries(anvil: Anvil): Promise<MathLibraries> {
  const deployer = roles.deployer.address;
  const batch = await DeploymentBatch.start(anvil, [deployer]);
  const lpMath = batch.deploy(deployer, artifacts.LPMath);
  const { FixedPointMath, YieldSpaceMath, HyperdriveMath, LPMath } = artifacts.mathWrappers;
  const fixedPoint = batch.deploy(deployer, FixedPointMath);
  const yieldSpace = batch.deploy(deployer, YieldSpaceMath);
  const hyperdrive = batch.deploy(deployer, HyperdriveMath);
  const lp = batch.deploy(deployer, LPMath, [], { [lpMathPlaceholder]: lpMath.address });
  await batch.run();
  const contract = ({ address, abi }: typeof lp) => new Contract(address, abi, anvil.provider);
  return {
    fixedPoint: contract(fixedPoint),
    yieldSpace: contract(yieldSpace),
    hyperdrive: contract(hyperdrive),
    lp: contract(lp),
  };
}
