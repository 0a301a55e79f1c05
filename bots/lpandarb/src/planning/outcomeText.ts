import { amountText } from './texts.ts';
import type { Step, StepKind } from './view.ts';

/** The steps that end a position whatever it has cost: their result is a payment, and the ledger knows the profit. */
const exits: readonly StepKind[] = [
  'close-matured',
  'redeem',
  'close-long',
  'close-short',
  'remove-liquidity',
];

/** Returns what a step brings, as text for people: the expected profit, or the payment of an exit. */
export function outcomeText(
  { kind, expectedProfit }: Pick<Step, 'kind' | 'expectedProfit'>,
  decimals: number,
): string {
  const amount = amountText(expectedProfit, decimals);
  return exits.includes(kind) ? `pays at least ${amount} base after gas` : `expected profit ${amount}`;
}
