import { type Acknowledgement, rank, type Severity, worse } from '../model/alert.ts';
import type { Incident, Told } from '../model/condition.ts';

/**
 * Returns whether a decision applies to the open incident. It does not when it had expired before the
 * incident began, or when the alert is worse now than it was then. A mute applies to every later beginning,
 * and ends early only when the alert becomes critical.
 */
export function applies(incident: Incident, decision: Acknowledgement): boolean {
  const { alert } = incident;
  const { kind, at, severity, untilAsMade: until = decision.until } = decision;
  const now = severityFor(incident);
  const isWorse = severity !== undefined && rank(now) > rank(severity);
  const began = decision.since?.[alert.dedupKey];
  const isAboutThis = began === undefined ? at >= alert.since : began === alert.since;
  if (until !== undefined && until <= alert.since) return false;
  return kind === 'mute' ? !(isWorse && now === 'critical') : !isWorse && isAboutThis;
}

/**
 * Returns the severity of an alert that acknowledgements are compared with: the reported severity, even if a milder condition was found
 * since, until that has lasted.
 */
export function severityFor({ alert, told }: Incident): Severity {
  return told ? worse(told.severity, alert.severity) : alert.severity;
}

/** Returns whether a decision suppresses notices about the incident now. */
export function isActive(incident: Incident, decision: Acknowledgement, now: number): boolean {
  return now < (decision.until ?? Infinity) && applies(incident, decision);
}

/** Returns whether the recipients of an alert have not been notified of the decision yet. */
export function isPending(told: Told | undefined, decision: Acknowledgement | undefined): boolean {
  return told !== undefined && decision !== undefined && told.decidedAt !== decision.at;
}
