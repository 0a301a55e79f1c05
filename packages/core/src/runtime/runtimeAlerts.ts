import { type AlertTable, alertingAlerts, type Observation } from '../alerts/index.ts';
import type { NameOf } from '../config/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { EndpointState, Standing } from '../rpc/index.ts';
import { FeeAboveCap, InsufficientFunds, type Tracked } from '../wallet/index.ts';
import type { TargetReport } from './bot.ts';

/** What the runtime itself raises, for every bot. */
export const runtimeAlerts = {
  crashed: { title: 'the bot crashed', severity: 'critical', runbook: 'bot-crashed' },
  'cannot-start': { title: 'the bot cannot start', severity: 'critical', runbook: 'cannot-start' },
  'round-failed': { title: 'a round failed', severity: 'error', runbook: 'round-failed' },
  'rpc-unreachable': { title: 'no RPC endpoint answers', severity: 'critical', runbook: 'rpc-unreachable' },
  'rpc-endpoint': { title: 'an RPC endpoint is out of use', severity: 'warning', runbook: 'rpc-endpoint' },
  'discovery-failed': {
    title: 'pools could not be discovered',
    severity: 'error',
    runbook: 'discovery-failed',
  },
  'pool-failing': {
    title: 'a pool could not be looked after',
    severity: 'warning',
    worst: 'critical',
    runbook: 'pool-failing',
  },
  'cannot-send': {
    title: 'the wallet cannot send',
    severity: 'critical',
    runbook: 'cannot-send',
    // Where somebody else has done it meanwhile, there may be nothing to send for days.
    quietHours: 1,
  },
  'stuck-transaction': {
    title: 'a transaction is not mined',
    severity: 'error',
    runbook: 'stuck-transaction',
  },
  'policy-violation': {
    title: 'the signer refused a transaction',
    severity: 'critical',
    runbook: 'policy-violation',
    quietHours: 24,
  },
  // Where another copy may be at work, which cannot be known then, nothing is sent: people have to act.
  'state-unusable': {
    title: 'the state folder cannot be used',
    severity: 'critical',
    runbook: 'state-unreadable',
  },
  'heartbeat-failing': {
    title: "the dead man's switch takes no heartbeat",
    severity: 'warning',
    runbook: 'heartbeat-failing',
  },
  ...alertingAlerts,
} as const satisfies AlertTable;

/** A failure may be one slow answer; so many in a row are what the alert's own severity is meant for. */
const failuresUntilSerious = 3;

/** The alert's own severity, or less while it may be nothing. */
export function severityAfter(failuresInARow: number): { severity?: 'warning' } {
  return failuresInARow < failuresUntilSerious ? { severity: 'warning' } : {};
}

/** A process that completes rounds has started, and does not crash: what an earlier one said of itself is over. */
export const aliveObservations: readonly Observation[] = (
  ['crashed', 'cannot-start', 'round-failed', 'rpc-unreachable'] as const
).map(check => ({ check, failing: false }));

/**
 * A target that fails is raised by itself; what is wrong with the wallet concerns all of them and is raised once.
 * @param errorsInARow consecutive failures of a target, this round's included
 * @param hasSent whether a transaction has gone out since the wallet last could not send
 */
export function targetObservations(
  targets: readonly TargetReport[],
  errorsInARow: (address: string) => number,
  errorsUntilCritical: number,
  hasSent: boolean,
): Observation[] {
  const observations: Observation[] = [];
  const walletErrors = targets.filter(({ error }) => isWalletError(error));
  for (const { address, error } of targets) {
    if (error === undefined) {
      observations.push({ check: 'pool-failing', pool: address, failing: false });
    } else if (!isWalletError(error)) {
      const count = errorsInARow(address);
      observations.push({
        check: 'pool-failing',
        pool: address,
        failing: true,
        severity: count >= errorsUntilCritical ? 'critical' : 'warning',
        message: reasonOf(error),
        data: { errorsInARow: count, error },
      });
    }
  }
  const first = walletErrors[0];
  if (first) {
    const message = `${reasonOf(first.error)} (${walletErrors.length} of ${targets.length} pools)`;
    observations.push({ check: 'cannot-send', failing: true, message });
  } else if (hasSent) {
    // Only a transaction that went out shows that the wallet can send again.
    observations.push({ check: 'cannot-send', failing: false });
  }
  return observations;
}

export function isWalletError(error: unknown): boolean {
  return error instanceof InsufficientFunds || error instanceof FeeAboveCap;
}

const caps = ['MAX_FEE_GWEI', 'MAX_PRIORITY_FEE_GWEI'];

/** Raised once a transaction has waited through a whole replacement period, or cannot be replaced within the caps. */
export function stuckObservation(inFlight: readonly Tracked[], nameOf: NameOf): Observation {
  const stuck = inFlight.filter(
    ({ atCap, refusal, entry }) => atCap || refusal !== undefined || entry.attempts.length > 2,
  );
  const first = stuck[0];
  if (!first) return { check: 'stuck-transaction', failing: false };
  const { label, nonce, attempts } = first.entry;
  const why = first.atCap
    ? `it already pays all that ${caps.map(nameOf).join(', ')} and ten times the market allow`
    : first.refusal !== undefined
      ? `its replacement was refused: ${first.refusal}`
      : `it was replaced ${attempts.length - 1} times with higher fees`;
  return {
    check: 'stuck-transaction',
    failing: true,
    message: `${label} (nonce ${nonce}) is not mined; ${why}`,
    data: { waiting: inFlight.length, hash: attempts.at(-1)?.hash },
  };
}

/** An endpoint that is out of use for less may be back before anybody has read of it. */
const endpointPatienceMs = 30_000;

const endpointStates: Record<EndpointState, string> = {
  ok: 'works',
  unverified: 'has not told its chain yet',
  down: 'does not answer properly',
  'rate-limited': 'limits our requests',
  lagging: 'is behind the others',
  'wrong-chain': 'serves another chain',
};

/** One alert for each endpoint that is out of use; the bot goes on with the others. */
export function endpointObservations(standings: readonly Standing[], now: number): Observation[] {
  return standings.flatMap(({ endpoint, state, since, lag }): Observation[] => {
    const about = { check: 'rpc-endpoint', subject: endpoint.label };
    if (state === 'ok') return [{ ...about, failing: false }];
    if (state === 'unverified' || (state !== 'wrong-chain' && now - since < endpointPatienceMs)) return [];
    const { lastFault, servedChainId, head } = endpoint;
    const message = `${endpoint.label} ${endpointStates[state]}`;
    return [
      {
        ...about,
        failing: true,
        message,
        data: { state, lag, lastFault, servedChainId, head: head?.number },
      },
    ];
  });
}
