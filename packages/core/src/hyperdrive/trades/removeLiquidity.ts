import { minus, mulDivDown, smaller } from '../fixedPoint.ts';
import { mintCheckpoint } from './checkpoints.ts';
import { distributeExcessIdle } from './excessIdle.ts';
import { latestCheckpoint, type Moment, type PoolState, type TradeConfig } from './PoolState.ts';
import { TradeRefused } from './TradeRefused.ts';

/** Withdrawal shares that were redeemed. */
export interface Redeemed {
  withdrawalShares: bigint;
  /** Vault shares due for them, rounded down; `payoutFor` gives the amount paid. */
  proceeds: bigint;
}

/** The outcome of removing liquidity. */
export interface RemovedLiquidity {
  /** Vault shares due for the LP tokens that are paid now, rounded down; `payoutFor` gives the amount paid. */
  proceeds: bigint;
  /** Withdrawal shares received for the LP tokens that could not be paid yet. */
  withdrawalShares: bigint;
}

/**
 * Returns the outcome of returning LP tokens, and the state after it, equal to the contract's to the wei.
 * @throws TradeRefused, ArithmeticError where the contract reverts
 */
export function removeLiquidity(
  config: TradeConfig,
  state: PoolState,
  { lpShares, moment }: { lpShares: bigint; moment: Moment },
): { removed: RemovedLiquidity; state: PoolState } {
  if (lpShares < config.minimumTransactionAmount) throw new TradeRefused('MinimumTransactionAmount');
  const minted = mintCheckpoint(config, state, { time: latestCheckpoint(config, moment.chainTime), moment });
  const exchanged: PoolState = {
    ...minted,
    lpSupply: minus(minted.lpSupply, lpShares),
    withdrawalShareSupply: minted.withdrawalShareSupply + lpShares,
  };
  const { redeemed, state: after } = redeem(config, exchanged, { withdrawalShares: lpShares, moment });
  const withdrawalShares = lpShares - redeemed.withdrawalShares;
  return { removed: { proceeds: redeemed.proceeds, withdrawalShares }, state: after };
}

/**
 * Returns the outcome of redeeming withdrawal shares, as many as are ready, and the state after it. Zero may
 * be ready.
 * @throws TradeRefused, ArithmeticError where the contract reverts
 */
export function redeemWithdrawalShares(
  config: TradeConfig,
  state: PoolState,
  { withdrawalShares, moment }: { withdrawalShares: bigint; moment: Moment },
): { redeemed: Redeemed; state: PoolState } {
  const minted = mintCheckpoint(config, state, { time: latestCheckpoint(config, moment.chainTime), moment });
  return redeem(config, minted, { withdrawalShares, moment });
}

function redeem(
  config: TradeConfig,
  state: PoolState,
  { withdrawalShares, moment }: { withdrawalShares: bigint; moment: Moment },
): { redeemed: Redeemed; state: PoolState } {
  const after = distributeExcessIdle(config, state, moment) ?? state;
  const { readyToWithdraw, withdrawalProceeds } = after;
  const redeemedShares = smaller(withdrawalShares, readyToWithdraw);
  if (redeemedShares === 0n) return { redeemed: { withdrawalShares: 0n, proceeds: 0n }, state: after };
  const proceeds = mulDivDown(redeemedShares, withdrawalProceeds, readyToWithdraw);
  return {
    redeemed: { withdrawalShares: redeemedShares, proceeds },
    state: {
      ...after,
      withdrawalShareSupply: minus(after.withdrawalShareSupply, redeemedShares),
      readyToWithdraw: readyToWithdraw - redeemedShares,
      withdrawalProceeds: withdrawalProceeds - proceeds,
    },
  };
}
