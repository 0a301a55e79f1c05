import { mulDivDown, mulDivUp, one } from '@service-bots/core/hyperdrive';
import type { PoolView, Step } from '../planning/view.ts';
import { baseOfUnits } from '../settlement.ts';
import type { TradeResult } from './tradeCall.ts';

/** A few wei, since planning converts at the vault's price. */
const tolerance = 1_000n;

/**
 * Returns why the simulated result is unacceptable, or undefined when it is fine. The plan is exact for its
 * block, so a result that is worse by more than the slippage means that the pool has changed, or that the node
 * gives a wrong answer. The bounds of the transaction come from this result.
 */
export function worseThanPlanned(
  step: Step,
  {
    result: { amount: returned, shares },
    view: { settlement, vaultSharePrice },
    slippage,
  }: { result: TradeResult; view: Pick<PoolView, 'settlement' | 'vaultSharePrice'>; slippage: bigint },
): string | undefined {
  const { kind, receives, pays, amount } = step;
  const isPayment = kind !== 'open-long' && kind !== 'add-liquidity';
  const simulated = isPayment ? baseOfUnits(settlement, returned, vaultSharePrice) : returned;
  if (kind === 'open-short') {
    const most = mulDivUp(pays, one + slippage, one);
    return simulated > most
      ? `a short of ${amount} would take ${simulated} instead of at most ${most}`
      : undefined;
  }
  // Other LPs decide how many shares the pool pays now. The payment for each of those that it pays is compared.
  const paidFor = kind === 'remove-liquidity' ? amount - shares : kind === 'redeem' ? shares : amount;
  const plannedFor = kind === 'remove-liquidity' ? amount - (step.waits ?? 0n) : amount;
  const planned = plannedFor === paidFor || plannedFor <= 0n ? receives : (receives * paidFor) / plannedFor;
  const least = mulDivDown(planned, one - slippage, one);
  if (receives > 0n && paidFor <= 0n) return `it would bring nothing instead of ${receives}`;
  return simulated + tolerance < least
    ? `it would bring ${simulated} instead of at least ${least}`
    : undefined;
}
