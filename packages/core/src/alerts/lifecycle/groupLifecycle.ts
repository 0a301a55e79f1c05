import { type Acknowledgement, type Occasion, rank, type Severity, worse } from '../model/alert.ts';
import type { Condition, Incident, KnownMember, Notified } from '../model/condition.ts';
import { withChanges } from '../model/lazyTexts.ts';
import type { Rules } from '../model/rules.ts';
import {
  acknowledgementOf,
  groupAlert,
  groupStoredAlert,
  isKnown,
  type Member,
  severityOf,
} from './group.ts';
import { pauseMs, type Step } from './lifecycle.ts';

export interface GroupCircumstances {
  /** Milliseconds since 1970. */
  now: number;
  /** The decision about the group as a whole. */
  decision?: Acknowledgement | undefined;
  /** The earliest time of the next reminder. @default no limit */
  remindFrom?: number | undefined;
  /** Why its last findings ended, unless the check found them gone. */
  ending?: string | undefined;
}

export interface GroupStep extends Step {
  /** When the passing of time alone may cause a notice, in ms since 1970. */
  dueAt: number;
}

type GroupOccasion = Exclude<Occasion, 'acknowledged' | 'resolved' | 'news'>;

interface GroupNow {
  key: string;
  before: Condition | undefined;
  /** The present findings; empty when the group is over. */
  members: readonly Member[];
}

/**
 * Returns the next step of a group: the findings of one check that share a cause, and are one alert. Each
 * finding has its own life cycle, which decides when it begins, escalates and ends; only the group is
 * reported. The group is reported when it begins. It is reported again at once when a finding is worse than
 * reported, or joins after the group was acknowledged or long enough after people were paged. Other findings
 * that join or leave are reported within a minute, and page no person. The group ends with its last finding.
 */
export function stepGroup(
  { key, before, members }: GroupNow,
  about: GroupCircumstances,
  rules: Rules,
): GroupStep {
  const { now, decision } = about;
  const known = before?.incident?.told && notAfter(before.incident.told, now);
  const [first, ...more] = sorted(members);
  if (!first) return over(before?.incident, known, about);
  const all = [first, ...more] as const;
  const acknowledgements = all.map(member => acknowledgementOf(member, decision, now));
  const unacknowledged = all.filter((_, i) => acknowledgements[i] === undefined);
  // The worst comes first.
  const severity = unacknowledged[0] ? severityOf(unacknowledged[0]) : 'info';
  const joined = unacknowledged.filter(member => !isKnown(member, known?.members ?? {}));
  const left = leftOf(known?.members ?? {}, all);
  const untilOf = ({ until = Infinity }: Acknowledgement) => until;
  const decisionsEnd = Math.min(...acknowledgements.flatMap(care => (care ? untilOf(care) : [])));

  // 1. Build the incident of the group, whether it is reported or not.
  const whole = groupStoredAlert({
    key,
    members: all,
    severity: severityOf(first),
    changes: { joined: 0, left: 0 },
  });
  const since = before?.incident?.alert.since ?? whole.since;
  const incident: Incident = {
    alert: withChanges(whole, { since }),
    lastSeenAt: all.reduce((latest, each) => Math.max(latest, each.incident.lastSeenAt), 0),
    told: known && lowered(known, all),
    toldTo: before?.incident?.toldTo,
    isFlapping: false,
    isGroup: true,
  };
  const rest = (told: Notified | undefined) => ({ beginnings: [], incident: { ...incident, told } });

  // 2. Stay silent while a decision covers each finding. The acknowledgement is reported once.
  if (unacknowledged.length === 0) {
    const latest = acknowledgements.reduce((a, b) =>
      (b?.at ?? 0) > (a?.at ?? 0) ? b : a,
    ) as Acknowledgement;
    const { told } = incident;
    if (!told || told.decidedAt === latest.at) return { condition: rest(told), dueAt: decisionsEnd };
    const notice = {
      occasion: 'acknowledged' as const,
      alert: { ...incident.alert, severity: told.worst, data: {} },
      decision: latest,
    };
    const members = asAcknowledged(told.members ?? {});
    return { condition: rest({ ...told, members, decidedAt: latest.at }), notice, dueAt: decisionsEnd };
  }

  // 3. Decide whether to report, to remind, or neither.
  const changed = {
    all,
    joined,
    severity,
    left,
    known: incident.told,
    hasAcknowledgementEnded:
      incident.told?.isAcknowledged === true &&
      unacknowledged.some(member => wasAcknowledged(member, incident.told)),
  };
  const occasion = occasionOf(changed, about, rules);
  if (typeof occasion === 'number')
    return { condition: rest(incident.told), dueAt: Math.min(occasion, decisionsEnd) };
  const pages = occasion !== 'lasting' && occasion !== 'changed';
  const told = notifiedAfter(occasion, {
    unacknowledged,
    acknowledged: all.filter((_, i) => acknowledgements[i] !== undefined),
    known: incident.told,
    severity,
    decision,
    now,
  });
  const changes = { joined: known ? joined.length : 0, left };
  const alert = {
    ...groupAlert({ key, members: pages ? withFirst(all, joined) : all, severity, changes }),
    since,
  };
  const remindAt = Math.max(told.at + pauseMs(told.times, rules), about.remindFrom ?? 0);
  const dueAt = Math.min(remindAt, decisionsEnd);
  return { condition: rest(told), notice: { occasion, alert }, dueAt };
}

/** A group beside its last notice. */
interface ChangedGroup {
  all: readonly Member[];
  /** The findings without a decision that were not reported yet, or are worse than reported. */
  joined: readonly Member[];
  /** The worst severity without a decision. */
  severity: Severity;
  /** How many of the reported findings are over. */
  left: number;
  known: Notified | undefined;
  hasAcknowledgementEnded: boolean;
}

/** Returns the occasion of a notice now; otherwise the time of the next one, in ms since 1970. */
function occasionOf(
  { all, joined, severity, left, known, hasAcknowledgementEnded }: ChangedGroup,
  { now, remindFrom = 0 }: GroupCircumstances,
  rules: Rules,
): GroupOccasion | number {
  if (!known) return all.every(({ incident }) => incident.isFlapping) ? 'flapping' : 'opened';
  const isWorse = joined.some(
    member => known.members?.[member.key] !== undefined || rank(severityOf(member)) > rank(known.severity),
  );
  const isAsBad = joined.some(member => rank(severityOf(member)) >= rank(severity));
  // People who acknowledged the known findings, here or at the service that paged them, do not know of this
  // one.
  const isLate = known.decidedAt !== undefined || now - (known.wokenAt ?? known.at) >= rules.joinsWithinMs;
  if (isWorse || (isAsBad && isLate)) return rank(severity) > rank(known.severity) ? 'escalated' : 'joined';
  const remindAt = Math.max(
    hasAcknowledgementEnded ? now : known.at + pauseMs(known.times, rules),
    remindFrom,
  );
  const changeAt = (known.changedAt ?? known.wokenAt ?? known.at) + rules.changeEveryMs;
  const hasChanged = joined.length > 0 || left > 0;
  // A reminder reports changes too.
  if (hasChanged && now >= changeAt && now < remindAt) return 'changed';
  if (now >= remindAt) return 'lasting';
  return hasChanged ? Math.min(changeAt, remindAt) : remindAt;
}

interface NotifiedGroup {
  unacknowledged: readonly Member[];
  /**
   * Findings that a decision covers: they do not raise the severity of the notice. Their reported state stays,
   * and their severity is reported when the decision ends.
   */
  acknowledged: readonly Member[];
  known: Notified | undefined;
  severity: Severity;
  decision: Acknowledgement | undefined;
  now: number;
}

/** Returns the state that is reported from now on. */
function notifiedAfter(
  occasion: GroupOccasion,
  { unacknowledged, acknowledged, known, severity, decision, now }: NotifiedGroup,
): Notified {
  const members: Record<string, KnownMember> = {};
  for (const member of unacknowledged)
    members[member.key] = {
      severity: severityOf(member),
      since: member.incident.alert.since,
      isUncared: true,
    };
  for (const { key } of acknowledged) {
    const before = known?.members?.[key];
    if (before) members[key] = before;
  }
  const reached = known ? worse(known.severity, severity) : severity;
  const worst = known ? worse(known.worst, severity) : severity;
  if (known && occasion === 'changed') return { ...known, severity: reached, worst, members, changedAt: now };
  const times = occasion === 'lasting' ? (known?.times ?? 0) + 1 : 1;
  const told = { at: now, severity: reached, worst, times, members, wokenAt: now };
  // An earlier decision has been reported already; a decision that has expired no longer applies.
  return occasion === 'lasting'
    ? { ...told, wokenAt: known?.wokenAt ?? now, decidedAt: known?.decidedAt }
    : { ...told, ...(decision && occasion === 'opened' ? { decidedAt: decision.at } : {}) };
}

/** Returns whether a finding without a decision is one that was reported as acknowledged. */
function wasAcknowledged({ key, incident }: Member, told: Notified | undefined): boolean {
  const known = told?.members?.[key];
  return told?.isAcknowledged === true && known?.since === incident.alert.since && known.isUncared !== true;
}

function asAcknowledged(members: Readonly<Record<string, KnownMember>>): Record<string, KnownMember> {
  return Object.fromEntries(
    Object.entries(members).map(([key, { severity, since }]) => [key, { severity, since }]),
  );
}

/**
 * Returns the reported state, lowered for findings that have been less severe for long enough, so that a
 * later rise is reported again.
 */
function lowered(known: Notified, members: readonly Member[]): Notified {
  const before = known.members ?? {};
  const isLower = (member: Member) => {
    const was = before[member.key];
    return was !== undefined && rank(severityOf(member)) < rank(was.severity);
  };
  const calm = members.filter(isLower);
  if (calm.length === 0) return known;
  const now = { ...before };
  for (const member of calm)
    now[member.key] = { ...(before[member.key] as KnownMember), severity: severityOf(member) };
  const severity = Object.values(now)
    .map(each => each.severity)
    .reduce(worse, 'info');
  return { ...known, members: now, severity };
}

function over(
  incident: Incident | undefined,
  known: Notified | undefined,
  { ending }: GroupCircumstances,
): GroupStep {
  // The end of an alert that was never reported is not reported either.
  if (!incident || !known) return { condition: undefined, dueAt: Infinity };
  const alert = { ...incident.alert, severity: known.worst, data: {} };
  return { condition: undefined, notice: { occasion: 'resolved', alert, ending }, dueAt: Infinity };
}

/** After a clock was set back, moves the times of earlier notices back to now. */
function notAfter(told: Notified, now: number): Notified {
  const { at, wokenAt = 0, changedAt = 0 } = told;
  if (Math.max(at, wokenAt, changedAt) <= now) return told;
  return {
    ...told,
    at: Math.min(at, now),
    wokenAt: Math.min(wokenAt, now),
    ...(told.changedAt === undefined ? {} : { changedAt: Math.min(changedAt, now) }),
  };
}

/** Returns how many of the findings that were reported are not there any more. */
function leftOf(known: Readonly<Record<string, KnownMember>>, members: readonly Member[]): number {
  const stayed = members.reduce((sum, { key }) => (known[key] === undefined ? sum : sum + 1), 0);
  return Object.keys(known).length - stayed;
}

/** Returns the members, the worst first; of two that are equally bad the older one first. */
function sorted(members: readonly Member[]): Member[] {
  return [...members].sort(
    (a, b) => rank(severityOf(b)) - rank(severityOf(a)) || a.incident.alert.since - b.incident.alert.since,
  );
}

/** Moves a finding that was not reported yet to the head, since it is the reason for the page. */
function withFirst(
  all: readonly [Member, ...Member[]],
  joined: readonly Member[],
): readonly [Member, ...Member[]] {
  const [lead] = joined;
  return lead ? [lead, ...all.filter(member => member !== lead)] : all;
}
