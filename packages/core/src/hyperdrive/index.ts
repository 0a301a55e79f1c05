export { poolAbi, registryAbi } from './abi.ts';
export { assetId } from './assetId.ts';
export { ArithmeticError, divDown, divUp, mulDivDown, mulDivUp, mulDown, mulUp, one } from './fixedPoint.ts';
export { type HyperdrivePool, type PoolConfig, type PoolsRead, readPools } from './pools.ts';
export {
  idleShares,
  lpSharePrice,
  presentValue,
  presentValueSteps,
  type Reserves,
  timeRemaining,
  type ValueConfig,
  type ValueSteps,
} from './presentValue.ts';
export { type RegistryConfig, readRegistry, registryAddress, registryFromArtifacts } from './registry.ts';
export { hyperdriveVariables, oneRegistry, pacedTogether } from './variables.ts';
export { aprFromPrice, type Curve, effectiveShareReserves, spotPrice } from './yieldSpace.ts';
