import { formatEther } from 'ethers';
import type { Outcome } from '../alerts/index.ts';
import type { Chain } from '../chains/index.ts';

/**
 * Whether a wallet holds enough, by the fixed threshold and by what its next actions cost at today's fee.
 * @param actionCostWei what one action is expected to cost now
 * @param wantedActions how many it should be able to pay for
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
