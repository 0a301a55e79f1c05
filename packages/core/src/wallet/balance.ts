import { formatEther } from 'ethers';
import type { Outcome } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';

/**
 * Returns whether a wallet holds enough, by the fixed threshold and by the cost of its next actions at the
 * present fee.
 * @param actionCostWei the expected present cost of one action
 * @param wantedActions how many actions the wallet should be able to pay for
 */
export function assessBalance(
  chain: Chain,
  balanceWei: bigint,
  thresholdWei: bigint,
  actionCostWei: bigint,
  wantedActions: number,
): { actionsLeft: number | undefined; outcome: Outcome } {
  const actionsLeft = actionCostWei > 0n ? Number(balanceWei / actionCostWei) : undefined;
  const data = { balanceWei, thresholdWei, actionCostWei, actionsLeft };
  const holds = `holds ${formatEther(balanceWei)} ${chain.currency}`;
  const pays =
    actionsLeft === undefined
      ? ''
      : `, enough for ${actionsLeft} more action${actionsLeft === 1 ? '' : 's'} at today's fee`;
  if (actionsLeft === 0 || balanceWei === 0n) {
    return {
      actionsLeft,
      outcome: {
        failing: true,
        severity: 'error',
        message: `the wallet ${holds}: it cannot pay for its next action`,
        data,
      },
    };
  }
  const wantedWei = actionCostWei * BigInt(wantedActions);
  const neededWei = wantedWei > thresholdWei ? wantedWei : thresholdWei;
  if (balanceWei < neededWei) {
    const message = `the wallet ${holds}${pays}; top it up to at least ${formatEther(neededWei)} ${chain.currency}`;
    return { actionsLeft, outcome: { failing: true, severity: 'warning', message, data } };
  }
  return { actionsLeft, outcome: { failing: false } };
}
