import type { Alert } from './alert.ts';
import type { Episode } from './episodes.ts';
import type { Severity } from './severity.ts';

/** An alert as it is remembered between two looks. */
export type Remembered = Omit<Alert, 'data'>;

export interface Told extends Episode {
  at: number;
  severity: Severity;
  worst: Severity;
  /** With this severity. */
  times: number;
  /** The decision about it that was looked at last, by its time. */
  decidedAt?: number | undefined;
  /** Of a group: the findings that people know of, by key. */
  members?: Readonly<Record<string, KnownMember>> | undefined;
  /** Of a group: when people were last woken, and when they were last told of a change that wakes nobody. */
  wokenAt?: number | undefined;
  changedAt?: number | undefined;
}

/** A finding of a group as people know it. */
export interface KnownMember {
  severity: Severity;
  /** A finding that left and came back began anew. */
  since: number;
  /** Nobody took care of it when people were told last. */
  isUncared?: true | undefined;
}

/** A condition that holds, from its beginning until it is resolved. */
export interface Incident {
  alert: Remembered;
  lastSeenAt: number;
  /** What people know of it, now and at its worst; absent while it is muted from its beginning. */
  told?: Told | undefined;
  /** Names of the channels that heard anything of it: who was told of it is told of its end. */
  toldTo?: readonly string[] | undefined;
  /** Found gone since then, so often. */
  gone?: { since: number; rounds: number } | undefined;
  /** Less severe than what people know since then, at its worst so. */
  calmer?: { since: number; rounds: number; severity: Severity } | undefined;
  isFlapping: boolean;
  /** It stands for all findings of one cause: they are conditions of their own, and name its key. */
  isGroup?: true | undefined;
}

/** What is remembered of one key. JSON-safe. */
export interface Condition {
  /** When it began, each time within the last hour. */
  beginnings: readonly number[];
  incident?: Incident | undefined;
}

/**
 * Returns the incident with what people know of it, and by which channels. Thousands of them are kept: V8 gives each
 * object that is a copy by `...` a hidden class of its own, of 250 bytes.
 */
export function withTold(
  incident: Incident,
  told: Told | undefined,
  toldTo = incident.toldTo,
  alert = incident.alert,
): Incident {
  const { lastSeenAt, gone, calmer, isFlapping, isGroup } = incident;
  return { alert, lastSeenAt, told, toldTo, gone, calmer, isFlapping, isGroup };
}

/** The same, where these channels were told of it too. */
export function toldTo(condition: Condition, names: readonly string[]): Condition {
  const { beginnings, incident } = condition;
  if (!incident || (incident.toldTo && names.every(name => incident.toldTo?.includes(name))))
    return condition;
  const all = incident.toldTo ? [...new Set([...incident.toldTo, ...names])] : names;
  return { beginnings, incident: withTold(incident, incident.told, all) };
}

/** A quiet time is over too early by this part of it at most, after a process that was killed. */
const seenGrid = 60;

/**
 * Whether more has changed than how often it was seen: what is worth saving. When it was seen last is, every now and
 * then, where its end depends on that.
 */
export function isNews(
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
