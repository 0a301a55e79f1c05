import { Interface } from 'ethers';

const options = '(address destination, bool asBase, bytes extraData) _options';

/**
 * The trading functions of IHyperdrive and the errors that they revert with; a test compares them with the
 * published artifacts.
 */
export const tradingAbi = new Interface([
  `function openLong(uint256 _amount, uint256 _minOutput, uint256 _minVaultSharePrice, ${options}) payable returns (uint256 maturityTime, uint256 bondProceeds)`,
  `function openShort(uint256 _bondAmount, uint256 _maxDeposit, uint256 _minVaultSharePrice, ${options}) payable returns (uint256 maturityTime, uint256 deposit)`,
  `function closeLong(uint256 _maturityTime, uint256 _bondAmount, uint256 _minOutput, ${options}) returns (uint256 proceeds)`,
  `function closeShort(uint256 _maturityTime, uint256 _bondAmount, uint256 _minOutput, ${options}) returns (uint256 proceeds)`,
  `function addLiquidity(uint256 _contribution, uint256 _minLpSharePrice, uint256 _minApr, uint256 _maxApr, ${options}) payable returns (uint256 lpShares)`,
  `function removeLiquidity(uint256 _lpShares, uint256 _minOutputPerShare, ${options}) returns (uint256 proceeds, uint256 withdrawalShares)`,
  `function redeemWithdrawalShares(uint256 _withdrawalShares, uint256 _minOutputPerShare, ${options}) returns (uint256 proceeds, uint256 withdrawalSharesRedeemed)`,
  'function balanceOf(uint256 tokenId, address owner) view returns (uint256)',
  'error CircuitBreakerTriggered()',
  'error DecreasedPresentValueWhenAddingLiquidity()',
  'error DistributeExcessIdleFailed()',
  'error InsufficientBalance()',
  'error InsufficientLiquidity()',
  'error InvalidApr()',
  'error InvalidEffectiveShareReserves()',
  'error InvalidLPSharePrice()',
  'error InvalidPresentValue()',
  'error InvalidTimestamp()',
  'error MinimumSharePrice()',
  'error MinimumTransactionAmount()',
  'error NotPayable()',
  'error OutputLimit()',
  'error PoolIsPaused()',
  'error TransferFailed()',
  'error UnsupportedToken()',
  'error UpdateLiquidityFailed()',
]);
