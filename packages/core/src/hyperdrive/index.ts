export { poolAbi, registryAbi } from './abi.ts';
export { assetId } from './assetId.ts';
export { type HyperdrivePool, type PoolsRead, readPools } from './pools.ts';
export { readRegistry, registryFromArtifacts } from './registry.ts';
export { hyperdriveVariables, pacedTogether } from './variables.ts';
