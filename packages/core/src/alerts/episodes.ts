import type { Occasion } from './alert.ts';
import { type Condition, type Told, withTold } from './condition.ts';

/**
 * The state that a service such as PagerDuty needs beside the alert. A trigger that joins an incident which a
 * person has acknowledged, here or at the service, pages no person. An alert that has to page people again
 * therefore becomes an incident of its own.
 */
export interface Episode {
  /** How often the alert became an incident of its own, after the first. */
  episode?: number | undefined;
  /** Whether the last notice was an acknowledgement. */
  isAcknowledged?: true | undefined;
  /** The deployment's name when the alert was reported; empty when it had none. */
  environment?: string | undefined;
}

/** Returns the episode to store with a notice. @param occasion of the notice that is sent now */
export function nextEpisode(before: Told | undefined, occasion: Occasion, environment: string): Episode {
  if (occasion === 'acknowledged') return { episode: before?.episode, isAcknowledged: true, environment };
  if (occasion === 'changed')
    return { episode: before?.episode, isAcknowledged: before?.isAcknowledged, environment };
  const { episode = 0 } = before ?? {};
  // The people who were sent a lower severity may have acknowledged it at the service.
  const isWorse = occasion === 'escalated' || occasion === 'joined';
  const isNew = before !== undefined && (isWorse || before.isAcknowledged === true);
  return { episode: (isNew ? episode + 1 : episode) || undefined, environment };
}

/** Returns the condition with the episode of the notice that is sent now. */
export function withEpisode(condition: Condition | undefined, now: Episode): Condition | undefined {
  const incident = condition?.incident;
  if (!condition || !incident?.told) return condition;
  const { at, severity, worst, times, decidedAt, members, wokenAt, changedAt } = incident.told;
  const { episode, isAcknowledged, environment } = now;
  const told = {
    at,
    severity,
    worst,
    times,
    decidedAt,
    members,
    wokenAt,
    changedAt,
    episode,
    isAcknowledged,
    environment,
  };
  return { beginnings: condition.beginnings, incident: withTold(incident, told) };
}

/**
 * Returns the keys of the alerts that were reported under another name of this deployment: a service holds
 * them under that name.
 */
export function keysOfFormerName(
  conditions: ReadonlyMap<string, Condition>,
  environment: string,
): Set<string> {
  const renamed = [...conditions].filter(([, { incident }]) => {
    const known = incident?.told?.environment;
    return known !== undefined && known !== environment;
  });
  return new Set(renamed.map(([key]) => key));
}
