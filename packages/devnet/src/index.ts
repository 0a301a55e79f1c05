export { type DevAccount, devAccounts, devMnemonic, roles } from './chain/accounts.ts';
export { type Anvil, type AnvilOptions, startAnvil } from './chain/anvil.ts';
export type { BlockHead, ChainTime } from './chain/time.ts';
export type { ArtifactsServer } from './hyperdrive/artifactsServer.ts';
export { type DeployOptions, type Devnet, deployHyperdrive } from './hyperdrive/deployHyperdrive.ts';
export { assetId, type ClosedPosition, DevnetPool, type OpenedPosition } from './hyperdrive/devnetPool.ts';
export { multicall3Address } from './hyperdrive/multicall3.ts';
export {
  daySeconds,
  defaultPools,
  hourSeconds,
  type PoolFees,
  type PoolOptions,
  type PoolSpec,
  poolSpec,
  timeStretch,
} from './hyperdrive/poolSpec.ts';
