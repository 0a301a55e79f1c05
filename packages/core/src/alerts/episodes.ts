import type { Occasion } from './alert.ts';
import { type Condition, type Told, withTold } from './condition.ts';

/**
 * What a service such as PagerDuty needs beside the alert: a trigger that joins an incident which a person has
 * acknowledged, here or there, wakes nobody. So an alert that has to wake people again is an incident of its own.
 */
export interface Episode {
  /** How often the alert became an incident of its own, after the first. */
  episode?: number | undefined;
  /** People were told that a person takes care of it, and of nothing since. */
  isAcknowledged?: true | undefined;
  /** The name of the deployment when people were told; empty: it had none. */
  environment?: string | undefined;
}

/** @param occasion of the notice that people are told of now @returns what is remembered with it */
export function nextEpisode(before: Told | undefined, occasion: Occasion, environment: string): Episode {
  if (occasion === 'acknowledged') return { episode: before?.episode, isAcknowledged: true, environment };
  if (occasion === 'changed')
    return { episode: before?.episode, isAcknowledged: before?.isAcknowledged, environment };
  const { episode = 0 } = before ?? {};
  // The people who knew less of it may have acknowledged it at the service.
  const isWorse = occasion === 'escalated' || occasion === 'joined';
  const isNew = before !== undefined && (isWorse || before.isAcknowledged === true);
  return { episode: (isNew ? episode + 1 : episode) || undefined, environment };
}

/** The condition with what people are told of it now. */
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

/** Keys of the alerts that people know under another name of this deployment: a service holds them under that name. */
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
