export { factoryAbi, poolAbi, registryAbi } from './abi.ts';
export { assetId } from './assetId.ts';
export {
  checkpointReads,
  checkpointStates,
  isMissed,
  type MaturedCheckpoint,
} from './checkpointStates.ts';
export {
  beginningOf,
  type DiscoveredPools,
  discoverPools,
  firstMaturity,
  unreadablePool,
} from './discoverPools.ts';
export {
  ArithmeticError,
  divDown,
  divUp,
  mulDivDown,
  mulDivUp,
  mulDown,
  mulUp,
  one,
  smaller,
} from './fixedPoint.ts';
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
export { type RegistryConfig, readRegistry, registryAddress } from './registry.ts';
export { addLiquidity, type Contribution } from './trades/addLiquidity.ts';
export type { Position } from './trades/applyClose.ts';
export { mintCheckpoint } from './trades/checkpoints.ts';
export { type ClosedPosition, closePosition } from './trades/closePosition.ts';
export { maximumLong, maximumShort } from './trades/maximum.ts';
export { longOnCurve, type OpenedLong, openLong } from './trades/openLong.ts';
export { type OpenedShort, openShort, quoteShort } from './trades/openShort.ts';
export {
  CheckpointNotRead,
  type CheckpointState,
  checkpointsFor,
  curveOf,
  latestCheckpoint,
  type Moment,
  netLongs,
  type PoolState,
  spotPriceOf,
  spotRateOf,
  type TradeConfig,
  tradeConfig,
} from './trades/PoolState.ts';
export {
  type Redeemed,
  type RemovedLiquidity,
  redeemWithdrawalShares,
  removeLiquidity,
} from './trades/removeLiquidity.ts';
export { exposureAfter } from './trades/solvency.ts';
export { isRefusal, type RefusalReason, TradeRefused } from './trades/TradeRefused.ts';
export {
  depositFor,
  type PaidAmount,
  payoutFor,
  type Vault,
  vaultAtPrice,
} from './trades/vault.ts';
export { averageWith } from './trades/weightedAverage.ts';
export { withShares } from './trades/withShares.ts';
export { tradingAbi } from './tradingAbi.ts';
export { hyperdriveVariables, oneRegistry, pacedTogether } from './variables.ts';
export {
  aprFromPrice,
  type Curve,
  sharesInForBondsOut,
  sharesOutForBondsIn,
  spotPrice,
} from './yieldSpace.ts';
