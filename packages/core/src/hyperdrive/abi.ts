import { Interface } from 'ethers';

/** The fragments of IHyperdrive that the bots use; a test compares them with the published artifacts. */
export const poolAbi = new Interface([
  'function name() view returns (string)',
  'function kind() view returns (string)',
  'function version() view returns (string)',
  'function decimals() view returns (uint8)',
  'function getPoolConfig() view returns ((address baseToken, address vaultSharesToken, address linkerFactory, bytes32 linkerCodeHash, uint256 initialVaultSharePrice, uint256 minimumShareReserves, uint256 minimumTransactionAmount, uint256 circuitBreakerDelta, uint256 positionDuration, uint256 checkpointDuration, uint256 timeStretch, address governance, address feeCollector, address sweepCollector, address checkpointRewarder, (uint256 curve, uint256 flat, uint256 governanceLP, uint256 governanceZombie) fees))',
  'function getPoolInfo() view returns ((uint256 shareReserves, int256 shareAdjustment, uint256 zombieBaseProceeds, uint256 zombieShareReserves, uint256 bondReserves, uint256 lpTotalSupply, uint256 vaultSharePrice, uint256 longsOutstanding, uint256 longAverageMaturityTime, uint256 shortsOutstanding, uint256 shortAverageMaturityTime, uint256 withdrawalSharesReadyToWithdraw, uint256 withdrawalSharesProceeds, uint256 lpSharePrice, uint256 longExposure))',
  'function getMarketState() view returns ((uint128 shareReserves, uint128 bondReserves, uint128 longExposure, uint128 longsOutstanding, int128 shareAdjustment, uint128 shortsOutstanding, uint128 longAverageMaturityTime, uint128 shortAverageMaturityTime, bool isInitialized, bool isPaused, uint112 zombieBaseProceeds, uint128 zombieShareReserves))',
  'function getCheckpoint(uint256 _checkpointTime) view returns ((uint128 weightedSpotPrice, uint128 lastWeightedSpotPriceUpdateTime, uint128 vaultSharePrice))',
  'function getWithdrawPool() view returns ((uint128 readyToWithdraw, uint128 proceeds))',
  'function getUncollectedGovernanceFees() view returns (uint256)',
  'function convertToBase(uint256 _shareAmount) view returns (uint256)',
  'function totalShares() view returns (uint256)',
  'function totalSupply(uint256 tokenId) view returns (uint256)',
  'function checkpoint(uint256 _checkpointTime, uint256 _maxIterations)',
  'function pause(bool _status)',
  'event CreateCheckpoint(uint256 indexed checkpointTime, uint256 checkpointVaultSharePrice, uint256 vaultSharePrice, uint256 maturedShorts, uint256 maturedLongs, uint256 lpSharePrice)',
  'event AddLiquidity(address indexed provider, uint256 lpAmount, uint256 amount, uint256 vaultSharePrice, bool asBase, uint256 lpSharePrice, bytes extraData)',
  'event RemoveLiquidity(address indexed provider, address indexed destination, uint256 lpAmount, uint256 amount, uint256 vaultSharePrice, bool asBase, uint256 withdrawalShareAmount, uint256 lpSharePrice, bytes extraData)',
  'event RedeemWithdrawalShares(address indexed provider, address indexed destination, uint256 withdrawalShareAmount, uint256 amount, uint256 vaultSharePrice, bool asBase, bytes extraData)',
  'event OpenLong(address indexed trader, uint256 indexed assetId, uint256 maturityTime, uint256 amount, uint256 vaultSharePrice, bool asBase, uint256 bondAmount, bytes extraData)',
  'event OpenShort(address indexed trader, uint256 indexed assetId, uint256 maturityTime, uint256 amount, uint256 vaultSharePrice, bool asBase, uint256 baseProceeds, uint256 bondAmount, bytes extraData)',
  'event CloseLong(address indexed trader, address indexed destination, uint256 indexed assetId, uint256 maturityTime, uint256 amount, uint256 vaultSharePrice, bool asBase, uint256 bondAmount, bytes extraData)',
  'event CloseShort(address indexed trader, address indexed destination, uint256 indexed assetId, uint256 maturityTime, uint256 amount, uint256 vaultSharePrice, bool asBase, uint256 basePayment, uint256 bondAmount, bytes extraData)',
  'event PauseStatusUpdated(bool isPaused)',
  'error Unauthorized()',
  'error InvalidCheckpointTime()',
  'error PoolIsPaused()',
  'error InvalidEffectiveShareReserves()',
  'error InvalidPresentValue()',
  'error InvalidLPSharePrice()',
  'error UpdateLiquidityFailed()',
  'error DistributeExcessIdleFailed()',
  'error InsufficientLiquidity()',
]);

/** The functions of a Hyperdrive registry that are read. */
export const registryAbi = new Interface([
  'function getNumberOfInstances() view returns (uint256)',
  'function getInstancesInRange(uint256 _startIndex, uint256 _endIndex) view returns (address[] instances)',
  'function getInstanceInfo(address _instance) view returns ((uint256 data, address factory) info)',
]);

/** The functions of a Hyperdrive factory that are read. */
export const factoryAbi = new Interface(['function isInstance(address _instance) view returns (bool)']);
