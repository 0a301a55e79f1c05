import { Interface } from 'ethers';

/** The fragments of IHyperdrive that the bots use; a test holds them against the published artifacts. */
export const poolAbi = new Interface([
  'function name() view returns (string)',
  'function kind() view returns (string)',
  'function version() view returns (string)',
  'function decimals() view returns (uint8)',
  'function getPoolConfig() view returns ((address baseToken, address vaultSharesToken, address linkerFactory, bytes32 linkerCodeHash, uint256 initialVaultSharePrice, uint256 minimumShareReserves, uint256 minimumTransactionAmount, uint256 circuitBreakerDelta, uint256 positionDuration, uint256 checkpointDuration, uint256 timeStretch, address governance, address feeCollector, address sweepCollector, address checkpointRewarder, (uint256 curve, uint256 flat, uint256 governanceLP, uint256 governanceZombie) fees))',
  'function getMarketState() view returns ((uint128 shareReserves, uint128 bondReserves, uint128 longExposure, uint128 longsOutstanding, int128 shareAdjustment, uint128 shortsOutstanding, uint128 longAverageMaturityTime, uint128 shortAverageMaturityTime, bool isInitialized, bool isPaused, uint112 zombieBaseProceeds, uint128 zombieShareReserves))',
  'function getCheckpoint(uint256 _checkpointTime) view returns ((uint128 weightedSpotPrice, uint128 lastWeightedSpotPriceUpdateTime, uint128 vaultSharePrice))',
  'function totalSupply(uint256 tokenId) view returns (uint256)',
  'function checkpoint(uint256 _checkpointTime, uint256 _maxIterations)',
  'event CreateCheckpoint(uint256 indexed checkpointTime, uint256 checkpointVaultSharePrice, uint256 vaultSharePrice, uint256 maturedShorts, uint256 maturedLongs, uint256 lpSharePrice)',
  'error InvalidCheckpointTime()',
  'error PoolIsPaused()',
  'error InvalidEffectiveShareReserves()',
  'error InvalidPresentValue()',
  'error InvalidLPSharePrice()',
  'error UpdateLiquidityFailed()',
  'error DistributeExcessIdleFailed()',
  'error InsufficientLiquidity()',
]);

export const registryAbi = new Interface([
  'function getNumberOfInstances() view returns (uint256)',
  'function getInstancesInRange(uint256 _startIndex, uint256 _endIndex) view returns (address[] instances)',
]);
