import { BotError } from '../../errors/index.ts';
import { ArithmeticError } from '../fixedPoint.ts';

/** The contract's names of its errors. */
export type RefusalReason =
  | 'CircuitBreakerTriggered'
  | 'DecreasedPresentValueWhenAddingLiquidity'
  | 'DistributeExcessIdleFailed'
  | 'InsufficientLiquidity'
  | 'InvalidPresentValue'
  | 'MinimumTransactionAmount'
  | 'PoolIsPaused'
  | 'UpdateLiquidityFailed';

/**
 * Thrown where the contract would revert with this error. Another amount or another state may be accepted.
 */
export class TradeRefused extends BotError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(`the pool refuses: ${reason}`);
    this.reason = reason;
  }
}

/**
 * Returns whether an error shows that the contract would revert, by an error of its own or in its arithmetic.
 */
export function isRefusal(error: unknown): error is TradeRefused | ArithmeticError {
  return error instanceof TradeRefused || error instanceof ArithmeticError;
}
