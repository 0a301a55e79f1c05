import type { Acknowledgement } from '../model/alert.ts';
import type { Condition, StoredAlert } from '../model/condition.ts';
import { withChanges } from '../model/lazyTexts.ts';
import { isActive } from './Acknowledgements.ts';
import { acknowledgementOf } from './group.ts';

/** A condition that holds, in the form for people. Times are ms since 1970. */
export interface OpenAlert extends StoredAlert {
  lastSentAt: number | undefined;
  isFlapping: boolean;
  /** The decision about it, while it applies. */
  decision: Acknowledgement | undefined;
}

/**
 * Returns the conditions that hold now: each finding of a group by itself, with the decision about it or
 * about its group.
 */
export function openAlerts(
  conditions: ReadonlyMap<string, Condition>,
  decisionAbout: (key: string) => Acknowledgement | undefined,
  now: number,
): OpenAlert[] {
  return [...conditions].flatMap(([key, { incident }]) => {
    if (!incident || incident.isGroup) return [];
    const { alert, isFlapping } = incident;
    const own = decisionAbout(key);
    if (alert.group === undefined) {
      const decision = own && isActive(incident, own, now) ? own : undefined;
      return [withChanges(alert, { lastSentAt: incident.told?.at, isFlapping, decision })];
    }
    const told = conditions.get(alert.group)?.incident?.told;
    const lastSentAt = told?.members?.[key] ? told.at : undefined;
    const decision = acknowledgementOf({ key, incident, decision: own }, decisionAbout(alert.group), now);
    return [withChanges(alert, { lastSentAt, isFlapping, decision })];
  });
}
