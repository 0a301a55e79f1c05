import type { AlertTable, Observation } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';
import type { Block } from '../rpc/index.ts';
import { assessBalance } from './assessBalance.ts';

/** The alert that `balanceReport` raises and resolves. */
export const balanceAlerts = {
  'low-balance': {
    title: 'the wallet runs low',
    severity: 'warning',
    worst: 'error',
    runbook: 'low-balance',
  },
} as const satisfies AlertTable;

interface BalanceQuestion {
  chain: Chain;
  /** The block at which the balance was read; its base fee is the present price of gas. */
  head: Pick<Block, 'baseFeeWei'>;
  balanceWei: bigint;
  /** The operator's threshold. @default the chain's */
  thresholdWei?: bigint | undefined;
  /** The expected gas of one action. */
  actionGas: bigint;
  /** The fee that a rollup takes for the first layer, for one action. @default 0 */
  l1FeeWei?: bigint | undefined;
  /** How many actions the wallet should be able to pay for. */
  wantedActions: number;
}

/** Returns the part of a round's report about its wallet, and the observation about a low balance. */
export function balanceReport({
  chain,
  head,
  balanceWei,
  thresholdWei = chain.lowBalanceWei,
  actionGas,
  l1FeeWei = 0n,
  wantedActions,
}: BalanceQuestion): {
  wallet: { balanceWei: bigint; actionsLeft: number | undefined };
  observation: Observation;
} {
  const gasPriceWei = (head.baseFeeWei ?? chain.defaultBaseFeeWei) + chain.defaultTipWei;
  const { actionsLeft, outcome } = assessBalance({
    chain,
    balanceWei,
    thresholdWei,
    actionCostWei: actionGas * gasPriceWei + l1FeeWei,
    wantedActions,
  });
  return { wallet: { balanceWei, actionsLeft }, observation: { check: 'low-balance', ...outcome } };
}
