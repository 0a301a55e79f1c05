import type { Decision } from '../model/alert.ts';
import type { Condition, Remembered } from '../model/condition.ts';
import { withChanges } from '../model/lazyTexts.ts';
import { stands } from './acknowledgement.ts';
import { careOf } from './group.ts';

/** A condition that holds, in the form for people. Times are ms since 1970. */
export interface OpenAlert extends Remembered {
  lastSentAt: number | undefined;
  isFlapping: boolean;
  /** The decision about it, while it applies. */
  decision: Decision | undefined;
}

/**
 * Returns the conditions that hold now: each finding of a group by itself, with the decision about it or
 * about its group.
 */
export function openAlerts(
  conditions: ReadonlyMap<string, Condition>,
  decisionAbout: (key: string) => Decision | undefined,
  now: number,
): OpenAlert[] {
  return [...conditions].flatMap(([key, { incident }]) => {
    if (!incident || incident.isGroup) return [];
    const { alert, isFlapping } = incident;
    const own = decisionAbout(key);
    if (alert.group === undefined) {
      const decision = own && stands(incident, own, now) ? own : undefined;
      return [withChanges(alert, { lastSentAt: incident.told?.at, isFlapping, decision })];
    }
    const told = conditions.get(alert.group)?.incident?.told;
    const lastSentAt = told?.members?.[key] ? told.at : undefined;
    const decision = careOf({ key, incident, decision: own }, decisionAbout(alert.group), now);
    return [withChanges(alert, { lastSentAt, isFlapping, decision })];
  });
}
