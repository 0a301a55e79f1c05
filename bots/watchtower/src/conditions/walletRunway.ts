import type { Condition, Finding } from './condition.ts';
import { untilNextLook } from './condition.ts';
import { ownAlert } from './ownAlert.ts';

/** A wallet with fewer days may be empty before a person who works by day has looked. */
const urgentDays = 1;

/**
 * Finds wallets that will soon be empty, by their spending of the last days or by the cost of actions at
 * today's fee.
 */
export const walletRunway: Condition = deployment =>
  deployment.wallets.flatMap((wallet): Finding[] => {
    const { bot, address, chainName, currency, balanceWei, actionsLeft, daysLeft, isRead, watched } = wallet;
    const { answer, silence } = watched;
    // The last status of a silent bot is old; the chain's own reading is not.
    if (!isRead && (!answer || silence)) return [];
    const about = { check: 'wallet-runway', subject: bot } as const;
    const isShort = daysLeft !== undefined && daysLeft < deployment.leastDays;
    const isPoor = actionsLeft !== undefined && actionsLeft < deployment.leastActions;
    const isKnown = isRead || daysLeft !== undefined || actionsLeft !== undefined;
    if (!isShort && !isPoor) return isKnown ? [{ ...about, failing: false }] : [];
    const holds = balanceWei === undefined ? '' : ` holds ${inUnits(balanceWei)} ${currency}`;
    const lasts = [
      ...(daysLeft === undefined ? [] : [`for ${daysLeft.toFixed(1)} days at the rate of its last days`]),
      ...(actionsLeft === undefined ? [] : [`for ${actionsLeft} actions at today's fee`]),
    ].join(' and ');
    return [
      {
        ...about,
        failing: true,
        severity: actionsLeft === 0 || (daysLeft ?? Infinity) < urgentDays ? 'error' : 'warning',
        patienceMs: untilNextLook(deployment),
        message: `The wallet of ${bot}, ${address} on ${chainName ?? 'an unknown chain'},${holds ? `${holds} and` : ''} lasts ${lasts}. An empty wallet sends nothing: mints, commits, settles and pauses stop. First send ${currency || 'native currency'} to it.`,
        raisedByBot: answer && !silence ? ownAlert(answer.status, ['low-balance', 'cannot-send']) : undefined,
      },
    ];
  });

function inUnits(wei: bigint): string {
  return (Number(wei) / 1e18).toPrecision(4);
}
