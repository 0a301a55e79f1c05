import type { Alert, Occasion, Severity } from './alert.ts';

/** An alert as it is stored between two rounds. */
export type StoredAlert = Omit<Alert, 'data'>;

/** The notices that people have received about a condition. */
export interface Notified extends Episode {
  at: number;
  severity: Severity;
  worst: Severity;
  /** The number of notices with this severity. */
  times: number;
  /** The time of the last decision about it that was processed. */
  decidedAt?: number | undefined;
  /** For a group: the findings that were reported, by key. */
  members?: Readonly<Record<string, KnownMember>> | undefined;
  /**
   * For a group: when people were last paged, and when they were last notified of a change that pages no
   * person.
   */
  wokenAt?: number | undefined;
  changedAt?: number | undefined;
}

/** A finding of a group, as it was reported. */
export interface KnownMember {
  severity: Severity;
  /** When the finding began; a finding that left and came back began anew. */
  since: number;
  /** Whether no decision covered it when it was last reported. */
  isUncared?: true | undefined;
}

/** A condition that holds, from its beginning until it is resolved. */
export interface Incident {
  alert: StoredAlert;
  lastSeenAt: number;
  /**
   * The severities that were reported, the present one and the worst; absent while it is muted from its
   * beginning.
   */
  told?: Notified | undefined;
  /** Names of the channels that were sent a notice about it: each of them gets the end as well. */
  toldTo?: readonly string[] | undefined;
  /** Since when the condition was found gone, and how many times. */
  gone?: { since: number; rounds: number } | undefined;
  /** Since when the condition is less severe than reported, and its worst severity since then. */
  calmer?: { since: number; rounds: number; severity: Severity } | undefined;
  isFlapping: boolean;
  /**
   * Whether it stands for all findings of one cause. Each finding is a condition of its own, and names this
   * key.
   */
  isGroup?: true | undefined;
}

/** The stored state of one key. JSON-safe. */
export interface Condition {
  /** The times at which it began within the last hour. */
  beginnings: readonly number[];
  incident?: Incident | undefined;
}

/**
 * Returns the incident with its reported state, and with the channels of that report. Thousands of incidents
 * are kept: V8 gives each object that is a copy by `...` a hidden class of its own, of 250 bytes.
 */
export function withNotified(
  incident: Incident,
  {
    told,
    toldTo = incident.toldTo,
    alert = incident.alert,
  }: Pick<Incident, 'told' | 'toldTo'> & { alert?: StoredAlert },
): Incident {
  const { lastSeenAt, gone, calmer, isFlapping, isGroup } = incident;
  return { alert, lastSeenAt, told, toldTo, gone, calmer, isFlapping, isGroup };
}

/** Returns the condition with these channels added to the channels that were notified of it. */
export function withRecipients(condition: Condition, names: readonly string[]): Condition {
  const { beginnings, incident } = condition;
  if (!incident || (incident.toldTo && names.every(name => incident.toldTo?.includes(name))))
    return condition;
  const all = incident.toldTo ? [...new Set([...incident.toldTo, ...names])] : names;
  return { beginnings, incident: withNotified(incident, { told: incident.told, toldTo: all }) };
}

/** After a kill of the process, a quiet time ends too early by this part of it at most. */
const seenGrid = 60;

/**
 * Returns whether more has changed than the number of sightings, so that the change is worth saving. Where
 * the end depends on the time of the last sighting, that time is saved now and then.
 */
export function isWorthSaving(
  before: Condition | undefined,
  after: Condition | undefined,
  quietMs = Infinity,
): boolean {
  const slotOf = ({ lastSeenAt }: Incident) => Math.floor((lastSeenAt * seenGrid) / quietMs);
  const [was, is] = [before?.incident, after?.incident];
  return (
    (before === undefined) !== (after === undefined) ||
    (was === undefined) !== (is === undefined) ||
    was?.alert.severity !== is?.alert.severity ||
    was?.told !== is?.told ||
    was?.gone?.since !== is?.gone?.since ||
    was?.calmer?.since !== is?.calmer?.since ||
    (was !== undefined && is !== undefined && slotOf(was) !== slotOf(is))
  );
}

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
export function nextEpisode(before: Notified | undefined, occasion: Occasion, environment: string): Episode {
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
  return { beginnings: condition.beginnings, incident: withNotified(incident, { told }) };
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
