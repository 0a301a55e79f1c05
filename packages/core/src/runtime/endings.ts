import { type Alerter, type Observation, unknownChain } from '../alerts/index.ts';
import type { Target } from './bot.ts';

// What nobody will look at any more would stay open for ever, with a reminder every day.

/** What an earlier process raised about another chain, or about endpoints that are not used any more, ends. */
export function endForeign(alerter: Alerter, here: string, endpoints: readonly { label: string }[]): void {
  alerter.end(({ chain }) => chain !== here && chain !== unknownChain, `the bot works on ${here} now`);
  const labels = endpoints.map(({ label }) => label);
  alerter.end(
    ({ check, subject }) => check === 'rpc-endpoint' && !labels.includes(subject ?? ''),
    'the endpoint is not used any more',
  );
}

const aboutTheWallet = [
  'cannot-send',
  'gas-budget',
  'stuck-transaction',
  'policy-violation',
  'foreign-transactions',
];

/** What an earlier process raised about what this one does not have ends. */
export function endUnused(
  alerter: Alerter,
  { hasWallet, hasHeartbeat }: { hasWallet: boolean; hasHeartbeat: boolean },
): void {
  if (!hasWallet)
    alerter.end(({ check }) => aboutTheWallet.includes(check), 'the bot has no wallet any more');
  if (!hasHeartbeat)
    alerter.end(({ check }) => check === 'heartbeat-failing', 'HEARTBEAT_URL is not set any more');
}

/** What was raised about pools that are neither looked after nor spoken of any more ends. */
export function endUnwatched(
  alerter: Alerter,
  targets: readonly Target[],
  observations: readonly Observation[],
): void {
  const spokenOf = new Set([
    ...targets.map(({ address }) => address),
    ...observations.map(({ pool }) => pool),
  ]);
  alerter.end(({ pool }) => pool !== undefined && !spokenOf.has(pool), 'the pool is not watched any more');
}

/**
 * What is said of a folder that cannot be used is written nowhere: the next process could not end it.
 * @returns whether it was said
 */
export function endUnusable(alerter: Alerter, why: string): boolean {
  const isIt = ({ check }: { check: string }) => check === 'state-unusable';
  const wasSaid = alerter.open.some(isIt);
  alerter.end(isIt, why);
  return wasSaid;
}
