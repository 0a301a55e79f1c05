import { type Alerter, type Observation, unknownChain } from '../../alerts/index.ts';
import type { Target } from '../bot.ts';

// An alert about an object that is no longer watched would stay open for ever, with a reminder every day.

/**
 * Resolves the alerts that an earlier process raised about another chain, or about endpoints that are no
 * longer used.
 */
export function resolveForeignAlerts(
  alerter: Alerter,
  here: string,
  endpoints: readonly { label: string }[],
): void {
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

/**
 * Resolves the alerts that an earlier process raised about a wallet or a heartbeat that this process does not
 * have.
 */
export function resolveUnusedAlerts(
  alerter: Alerter,
  { hasWallet, hasHeartbeat }: { hasWallet: boolean; hasHeartbeat: boolean },
): void {
  if (!hasWallet)
    alerter.end(({ check }) => aboutTheWallet.includes(check), 'the bot has no wallet any more');
  if (!hasHeartbeat)
    alerter.end(({ check }) => check === 'heartbeat-failing', 'HEARTBEAT_URL is not set any more');
}

/** Resolves the alerts about pools that are neither targets nor subjects of an observation any more. */
export function resolveUnwatchedAlerts(
  alerter: Alerter,
  targets: readonly Target[],
  observations: readonly Observation[],
): void {
  const reported = new Set([
    ...targets.map(({ address }) => address),
    ...observations.map(({ pool }) => pool),
  ]);
  alerter.end(({ pool }) => pool !== undefined && !reported.has(pool), 'the pool is not watched any more');
}

/**
 * Resolves the alerts about a state folder that cannot be used. Such an alert is stored in no file, so the
 * next process could not resolve it.
 * @returns whether such an alert was open
 */
export function resolveUnusableAlert(alerter: Alerter, why: string): boolean {
  const isIt = ({ check }: { check: string }) => check === 'state-unusable';
  const wasOpen = alerter.open.some(isIt);
  alerter.end(isIt, why);
  return wasOpen;
}
