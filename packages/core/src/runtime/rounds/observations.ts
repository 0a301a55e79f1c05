import type { Observation } from '../../alerts/index.ts';
import type { NameOf } from '../../config/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Lease } from '../../lease/index.ts';
import type { Logger } from '../../logger/index.ts';
import {
  AllEndpointsFailed,
  type EndpointState,
  type EndpointStatus,
  type FailoverOptions,
} from '../../rpc/index.ts';
import {
  FeeAboveCap,
  type ForeignUse,
  GasBudgetExceeded,
  type GasBudgetState,
  InsufficientFunds,
  PriceSpike,
  type Tracked,
} from '../../wallet/index.ts';
import type { TargetReport } from '../bot.ts';

/** A single failure may be one slow answer; this many in a row have the alert's own severity. */
const failuresUntilSerious = 3;

/**
 * Returns the alert's own severity, or `warning` while the failure may be harmless.
 * @param isStarting whether the process is so young that the machine's network may not be up yet
 */
export function severityAfter(failuresInARow: number, isStarting: boolean): { severity?: 'warning' } {
  return isStarting || failuresInARow < failuresUntilSerious ? { severity: 'warning' } : {};
}

/**
 * A process that completes rounds has started and does not crash, so these alerts of an earlier process are
 * resolved.
 */
export const aliveObservations: readonly Observation[] = (
  ['crashed', 'round-stuck', 'cannot-start', 'round-failed', 'rpc-unreachable'] as const
).map(check => ({ check, failing: false }));

/** What the rounds before have shown about the targets. */
interface TargetHistory {
  /** Returns the consecutive failures of a target, this round's included. */
  errorsInARow(address: string): number;
  errorsUntilCritical: number;
  /** Whether a transaction has gone out since the wallet last could not send. */
  hasSent: boolean;
  /** The shared causes of the targets that fail together, by address. @default none */
  causes?: ReadonlyMap<string, string>;
}

/**
 * Returns the observations about targets. A failing target has its own alert; a problem of the wallet
 * concerns all targets and has one alert.
 */
export function targetObservations(
  targets: readonly TargetReport[],
  { errorsInARow, errorsUntilCritical, hasSent, causes = new Map() }: TargetHistory,
): Observation[] {
  const observations: Observation[] = [];
  const walletErrors = targets.filter(({ error }) => isWalletError(error));
  for (const { address, error } of targets) {
    if (error === undefined) {
      observations.push({ check: 'pool-failing', pool: address, failing: false });
    } else if (isOwnTrouble(error)) {
      const count = errorsInARow(address);
      const cause = causes.get(address);
      observations.push({
        check: 'pool-failing',
        pool: address,
        failing: true,
        severity: count >= errorsUntilCritical ? 'critical' : 'warning',
        message: reasonOf(error),
        data: { errorsInARow: count, error },
        ...(cause === undefined ? {} : { cause }),
      });
    }
  }
  const first = walletErrors[0];
  if (first) {
    const grave = walletErrors.find(({ error }) => !(error instanceof PriceSpike));
    const reason = reasonOf((grave ?? first).error);
    const message = `${reason} (${walletErrors.length} of ${targets.length} pools)`;
    // A transaction that waits for a lower price is sent by itself, while there is time.
    const severity = grave ? {} : { severity: 'warning' as const };
    observations.push({ check: 'cannot-send', failing: true, ...severity, message });
  } else if (hasSent) {
    // Only a transaction that went out shows that the wallet can send again.
    observations.push({ check: 'cannot-send', failing: false });
  }
  return observations;
}

/** Returns whether an error is raised for the pool itself: problems of the wallet concern all pools. */
export function isOwnTrouble(error: unknown): boolean {
  return !isWalletError(error) && !(error instanceof GasBudgetExceeded);
}

/** Returns whether no endpoint answered, either as the error itself or as one of its causes. */
export function isUnreachable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < mostCauses; depth += 1) {
    if (cause instanceof AllEndpointsFailed) return true;
    cause = cause.cause;
  }
  return false;
}

/** An error can be its own cause. */
const mostCauses = 10;

/** Returns whether an error concerns the wallet as a whole: its balance, or the price of gas. */
export function isWalletError(error: unknown): boolean {
  return [InsufficientFunds, FeeAboveCap, PriceSpike].some(type => error instanceof type);
}

/** Raises the alert while the last call that did not fit into the budget still would not fit. */
export function gasBudgetObservation(
  { shortage, limits, usedHour, usedDay }: GasBudgetState,
  nameOf: NameOf,
): Observation {
  if (!shortage) return { check: 'gas-budget', failing: false };
  const { label, gasLimit, window, usedGas, limitGas, usesReserve } = shortage;
  const { reservedPercent = 0n } = limits;
  const share =
    usesReserve || reservedPercent === 0n
      ? ''
      : ` (the other ${reservedPercent} % are kept for calls that cannot wait)`;
  const variable = nameOf(window === 'hour' ? 'GAS_PER_HOUR' : 'GAS_PER_DAY');
  return {
    check: 'gas-budget',
    failing: true,
    message: `the wallet sends nothing that does not fit into its gas budget: ${label} may use ${gasLimit} gas, and of the ${limitGas} for the last ${window}${share} ${usedGas} are used or in flight. A contract, a node or the bot may be repeating a transaction that changes nothing, at the wallet's cost: look at the wallet's last transactions; raise ${variable} only if they were all needed`,
    data: {
      gasLimit,
      usedHour,
      perHour: limits.perHour,
      usedDay,
      perDay: limits.perDay,
    },
  };
}

const caps = ['MAX_FEE_GWEI', 'MAX_PRIORITY_FEE_GWEI'];

/**
 * Raises the alert once a transaction has waited through a whole replacement period, or cannot be replaced
 * within the caps.
 */
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

/** Reports transactions of the wallet that this bot did not send. */
export function foreignUseObservation({ address, nonces, usedBy }: ForeignUse): Observation {
  const [first, last] = [nonces[0], nonces.at(-1)];
  const which = first === last ? `nonce ${first}` : `nonces ${first} to ${last}`;
  const hash = usedBy === undefined ? '' : `, transaction ${usedBy}`;
  return {
    check: 'foreign-transactions',
    failing: true,
    message: `wallet ${address} sent a transaction that this bot did not send (${which}${hash}): a second bot or a person has its key, or the key has leaked; two senders replace each other's transactions, and a thief takes what the wallet holds. Look up the wallet's last transactions; stop the other sender, or move the funds away and rotate the key`,
    data: { address, nonces: [...nonces], usedBy },
  };
}

/** An endpoint that is out of use for less time may be back before the alert is read. */
const endpointPatienceMs = 30_000;

const endpointStates: Record<EndpointState, string> = {
  ok: 'works',
  unverified: 'has not reported its chain yet',
  down: 'does not answer properly',
  'rate-limited': 'limits our requests',
  lagging: 'is behind the others',
  implausible: 'reports a head that cannot be true',
  'wrong-chain': 'serves another chain',
};

/** This many failures in a row without a useful answer between them are more than a short disturbance. */
const failuresUntilUseless = 3;
/** After three failures of a method the other endpoints are asked first; the fourth was a later retry. */
const failuresUntilRefused = 4;

/** Raises an alert for each endpoint that is out of use; the bot goes on with the other endpoints. */
export function endpointObservations(states: readonly EndpointStatus[], now: number): Observation[] {
  return states.flatMap(({ endpoint, state, since, lag }): Observation[] => {
    const about = { check: 'rpc-endpoint', subject: endpoint.label };
    const { lastFault, servedChainId, head, fruitless } = endpoint;
    // The endpoint's trial requests succeed and its real requests fail. It comes back and goes again, and is
    // of no use.
    const isUseless =
      fruitless !== undefined &&
      fruitless.faults >= failuresUntilUseless &&
      fruitless.lastedMs >= endpointPatienceMs;
    const refusals = endpoint.refusals.all.filter(
      ({ failures, firstAtMs, lastAtMs }) =>
        failures >= failuresUntilRefused && lastAtMs - firstAtMs >= endpointPatienceMs,
    );
    const [refusal] = refusals;
    const isInOrder = state === 'ok' && !isUseless;
    if (isInOrder && !refusal) return [{ ...about, failing: false }];
    if (!isInOrder && !isUseless && state !== 'wrong-chain' && now - since < endpointPatienceMs) return [];
    const what = isUseless ? 'gives no usable answer' : endpointStates[state];
    const message =
      isInOrder && refusal
        ? `${endpoint.label} does not answer ${refusals.map(({ method }) => method).join(', ')}, which other endpoints do: it ${refusal.what}. The others are asked for it, and this endpoint for everything else`
        : `${endpoint.label} ${what}${lastFault === undefined ? '' : `: it ${lastFault}`}`;
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

/**
 * Returns whether the state folder can be used, as far as the sender's journal shows. Without the lease it
 * returns no observation: `state-unusable` was then raised with more detail, and is resolved separately.
 * @param journalTrouble why the journal cannot be written; undefined while it can be written
 */
export function stateObservations(
  lease: Pick<Lease, 'holds'>,
  journalTrouble: string | undefined,
): Observation[] {
  if (!lease.holds()) return [];
  const check = 'state-unusable';
  if (journalTrouble === undefined) return [{ check, failing: false }];
  const message = `STATE_DIR: the journal of transactions cannot be written (${journalTrouble}): the bot sends only transactions that do no harm when they are sent twice, and a restart does not know the transactions in flight; make room on the disk, or mend it`;
  return [{ check, failing: true, message }];
}

/** Returns a listener that logs each change of an endpoint's state. */
export function logEndpointChange(logger: Logger): NonNullable<FailoverOptions['onChange']> {
  return ({ endpoint, state, lag }, before) => {
    if (before === undefined && state === 'ok') return;
    const level = state === 'ok' ? 'info' : 'warning';
    const { label, lastFault, latencyMs, breaker, counters } = endpoint;
    const { requests, served } = counters;
    const figures = { lag, latencyMs, breaker: breaker.isOpen ? 'open' : 'closed', requests, served };
    logger[level](`RPC endpoint is ${state}`, { endpoint: label, before, ...figures, lastFault });
  };
}
