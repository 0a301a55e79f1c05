import type { Plain } from '../../logger/index.ts';
import { type Acknowledgement, type Alert, rank, type Severity } from '../model/alert.ts';
import type { Incident, KnownMember, StoredAlert } from '../model/condition.ts';
import { type AlertTexts, withChanges } from '../model/lazyTexts.ts';
import { applies } from './Acknowledgements.ts';

/** A finding that shares a cause with others. */
export interface Member {
  key: string;
  incident: Incident;
  /** The decision about this finding alone. */
  decision?: Acknowledgement | undefined;
  /** Returns the data of the check that has just found it; absent where it was found earlier. */
  data?: ((key: string) => Readonly<Record<string, Plain>> | undefined) | undefined;
}

/** The changes of a group since its last notice. */
export interface Changes {
  joined: number;
  left: number;
}

/** A list longer than this is cut: `/status` and `alerts list` name all findings. */
const mostListed = 100;
const mostNamed = 6;
/** The limit of a line that also has, at its end, the action to take by hand. */
const longestLine = 400;

/** Returns the severity of a finding as last reported: a lower severity counts only once it has lasted. */
export function severityOf({ incident: { alert, told } }: Member): Severity {
  return told?.severity ?? alert.severity;
}

/**
 * Returns the decision that suppresses notices about a member now: its own decision, or the one about its
 * group. A decision about a group covers the findings of its time and not those that joined later.
 */
export function acknowledgementOf(
  { key, incident, decision }: Member,
  ofGroup: Acknowledgement | undefined,
  now: number,
): Acknowledgement | undefined {
  if (!decision && !ofGroup) return undefined;
  const isActive = (one: Acknowledgement) => now < (one.until ?? Infinity) && applies(incident, one);
  if (decision && isActive(decision)) return decision;
  const severity = ofGroup?.members?.[key];
  return ofGroup && severity && isActive({ ...ofGroup, severity }) ? ofGroup : undefined;
}

/** Returns whether a member was reported, at its present severity or worse. */
export function isKnown(member: Member, known: Readonly<Record<string, KnownMember>>): boolean {
  const told = known[member.key];
  const { since } = member.incident.alert;
  return told !== undefined && told.since === since && rank(told.severity) >= rank(severityOf(member));
}

interface Group {
  key: string;
  /** The worst first, at least one. */
  members: readonly [Member, ...Member[]];
  /** The severity of the notice. */
  severity: Severity;
  changes: Changes;
}

/** Returns the one alert for all findings of a cause: in the words of the worst finding, with a list. */
export function groupAlert(group: Group): Alert {
  const { members, changes } = group;
  const alert = groupStoredAlert(group);
  const data = members[0].data?.(members[0].key) ?? {};
  const isAlone = members.length === 1 && changes.joined + changes.left === 0;
  return { ...alert, data: isAlone ? data : { findings: linesOf(members), ...data } };
}

/** Returns the alert of a group without the data that only a notice needs. */
export function groupStoredAlert({ key, members, severity, changes }: Group): StoredAlert {
  const [first] = members;
  const { alert } = first.incident;
  const about = withChanges(alert, { group: undefined, dedupKey: key, severity });
  if (members.length === 1 && changes.joined + changes.left === 0) return about;
  const pool = members.length === 1 ? alert.pool : undefined;
  let { since, count } = alert;
  for (const { incident } of members) {
    since = Math.min(since, incident.alert.since);
    count = Math.max(count, incident.alert.count);
  }
  const subject = alert.cause ?? '';
  return withChanges(about, { pool, subject, since, count }, new GroupTexts(members, changes));
}

/** The texts for all members, built when a notice needs them: most rounds send none. */
class GroupTexts implements AlertTexts {
  readonly #members: readonly [Member, ...Member[]];
  readonly #changes: Changes;

  constructor(members: readonly [Member, ...Member[]], changes: Changes) {
    this.#members = members;
    this.#changes = changes;
  }

  get cause(): string | undefined {
    return this.#members[0].incident.alert.cause;
  }

  get message(): string {
    const members = this.#members;
    const count = countOf(members, this.#changes);
    const { message } = members[0].incident.alert;
    return `${count} with one cause, ${this.cause ?? ''}: ${namesOf(members)}. The worst: ${message}`;
  }
}

/** Returns `3 pools (1 more, 2 over)`. */
function countOf(members: readonly Member[], { joined, left }: Changes): string {
  const noun = members.every(({ incident }) => incident.alert.pool !== undefined) ? 'pool' : 'finding';
  const changes = [...(joined > 0 ? [`${joined} more`] : []), ...(left > 0 ? [`${left} over`] : [])];
  const count = `${members.length} ${noun}${members.length === 1 ? '' : 's'}`;
  return changes.length > 0 ? `${count} (${changes.join(', ')})` : count;
}

function namesOf(members: readonly Member[]): string {
  const names = members.slice(0, mostNamed).map(({ incident: { alert } }) => shortened(nameOf(alert)));
  const more = members.length - names.length;
  return `${names.join(', ')}${more > 0 ? `, … ${more} more` : ''}`;
}

function linesOf(members: readonly Member[]): string[] {
  const lines = members.slice(0, mostListed).map(member => {
    const { alert } = member.incident;
    const line = `${severityOf(member)} ${nameOf(alert)} since ${new Date(alert.since).toISOString()}: ${alert.message}`;
    return line.length > longestLine ? `${line.slice(0, longestLine - 1)}…` : line;
  });
  const more = members.length - lines.length;
  return more > 0 ? [...lines, `… ${more} more: see /status`] : lines;
}

function nameOf({ pool, subject, dedupKey }: Incident['alert']): string {
  return [pool, subject].filter(part => part !== undefined).join(' ') || dedupKey;
}

/** Returns `0x1234…cdef` for an address. */
function shortened(name: string): string {
  return name.replace(/(0x[0-9a-f]{4})[0-9a-f]{32}([0-9a-f]{4})/gi, '$1…$2');
}
