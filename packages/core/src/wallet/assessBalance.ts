import { formatEther } from 'ethers';
import type { Outcome } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';

interface Holding {
  chain: Chain;
  balanceWei: bigint;
  thresholdWei: bigint;
  /** The expected present cost of one action. */
  actionCostWei: bigint;
  /** How many actions the wallet should be able to pay for. */
  wantedActions: number;
}

/**
 * Returns whether a wallet holds enough, by the fixed threshold and by the cost of its next actions at the
 * present fee.
 */
export function assessBalance({ chain, balanceWei, thresholdWei, actionCostWei, wantedActions }: Holding): {
  actionsLeft: number | undefined;
  outcome: Outcome;
} {
  const actionsLeft = actionCostWei > 0n ? Number(balanceWei / actionCostWei) : undefined;
  const data = { balanceWei, thresholdWei, actionCostWei, actionsLeft };
  const holds = `holds ${formatEther(balanceWei)} ${chain.currency}`;
  const pays =
    actionsLeft === undefined
      ? ''
      : `, enough for ${actionsLeft} more action${actionsLeft === 1 ? '' : 's'} at today's fee`;
  const wantedWei = actionCostWei * BigInt(wantedActions);
  const neededWei = wantedWei > thresholdWei ? wantedWei : thresholdWei;
  if (actionsLeft === 0 || balanceWei === 0n) {
    return {
      actionsLeft,
      outcome: {
        failing: true,
        severity: 'error',
        message: `the wallet ${holds} and cannot pay for its next action; top it up to at least ${formatEther(neededWei)} ${chain.currency}`,
        data,
      },
    };
  }
  if (balanceWei < neededWei) {
    const message = `the wallet ${holds}${pays}; top it up to at least ${formatEther(neededWei)} ${chain.currency}`;
    return { actionsLeft, outcome: { failing: true, severity: 'warning', message, data } };
  }
  return { actionsLeft, outcome: { failing: false } };
}
