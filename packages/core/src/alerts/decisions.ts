import type { Decision } from './alert.ts';
import type { Incident, Told } from './condition.ts';
import { rank, type Severity, worse } from './severity.ts';

/**
 * Whether a decision is about what is open: not when it was over before that began, nor when it is worse now than it was
 * then. A mute holds for any beginning, and gives way to nothing but to what has become critical.
 */
export function counts(incident: Incident, decision: Decision): boolean {
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
 * Returns how bad an alert is for the people who decide about it: as bad as they were told, though it was found milder
 * since, until that has lasted.
 */
export function severityFor({ alert, told }: Incident): Severity {
  return told ? worse(told.severity, alert.severity) : alert.severity;
}

/** Whether a decision about what is open keeps people from hearing of it now. */
export function stands(incident: Incident, decision: Decision, now: number): boolean {
  return now < (decision.until ?? Infinity) && counts(incident, decision);
}

/** Whether people who know of it have not heard yet what somebody decided about it. */
export function isUnheard(told: Told | undefined, decision: Decision | undefined): boolean {
  return told !== undefined && decision !== undefined && told.decidedAt !== decision.at;
}
