import type { Decision, Occasion } from './alert.ts';
import type { Condition, Incident, KnownMember, Told } from './condition.ts';
import { careOf, groupAlert, groupRemembered, isKnown, type Member, severityOf } from './group.ts';
import { withChanges } from './lazyTexts.ts';
import { pauseMs, type Step } from './lifecycle.ts';
import type { Rules } from './rules.ts';
import { rank, type Severity, worse } from './severity.ts';

export interface GroupCircumstances {
  /** Milliseconds since 1970. */
  now: number;
  /** What a person decided about the group as a whole. */
  decision?: Decision | undefined;
  /** Before then nobody is reminded; absent: reminders are free. */
  remindFrom?: number | undefined;
  /** Why its last findings ended, where it is not that the check found them gone. */
  ending?: string | undefined;
}

export interface GroupStep extends Step {
  /** When time alone may have something to tell, milliseconds since 1970. */
  dueAt: number;
}

type GroupOccasion = Exclude<Occasion, 'acknowledged' | 'resolved' | 'news'>;

/**
 * One step in the life of a group: the findings of one check that share a cause, and are one alert. Each finding has a
 * life of its own, which decides when it begins, gets worse and is over; people hear of the group alone. It is told when
 * it begins, and again at once when a finding is worse than people know, or joins after the group was acknowledged or
 * long enough after people were woken; what else joins or leaves is told within a minute, and wakes nobody. The group
 * ends with its last finding.
 * @param members what is found now; none: the group is over
 */
export function stepGroup(
  key: string,
  before: Condition | undefined,
  members: readonly Member[],
  about: GroupCircumstances,
  rules: Rules,
): GroupStep {
  const { now, decision } = about;
  const known = before?.incident?.told && notAfter(before.incident.told, now);
  const [first, ...more] = sorted(members);
  if (!first) return over(before?.incident, known, about);
  const all = [first, ...more] as const;
  const cares = all.map(member => careOf(member, decision, now));
  const uncared = all.filter((_, i) => cares[i] === undefined);
  const severity = uncared.map(severityOf).reduce(worse, 'info');
  const joined = uncared.filter(member => !isKnown(member, known?.members ?? {}));
  const present = new Set(all.map(({ key: each }) => each));
  const left = Object.keys(known?.members ?? {}).filter(each => !present.has(each));
  const untilOf = ({ until = Infinity }: Decision) => until;
  const decisionsEnd = Math.min(...cares.flatMap(care => (care ? untilOf(care) : [])));

  // 1. What the group comes to, whether people hear of it or not.
  const whole = groupRemembered(key, all, all.map(severityOf).reduce(worse), { joined: 0, left: 0 });
  const since = before?.incident?.alert.since ?? whole.since;
  const incident: Incident = {
    alert: withChanges(whole, { since }),
    lastSeenAt: Math.max(...all.map(({ incident: { lastSeenAt } }) => lastSeenAt)),
    told: known && lowered(known, all),
    toldTo: before?.incident?.toldTo,
    isFlapping: false,
    isGroup: true,
  };
  const rest = (told: Told | undefined) => ({ beginnings: [], incident: { ...incident, told } });

  // 2. Silent while each finding is taken care of: that is told once.
  if (uncared.length === 0) {
    const latest = cares.reduce((a, b) => ((b?.at ?? 0) > (a?.at ?? 0) ? b : a)) as Decision;
    const { told } = incident;
    if (!told || told.decidedAt === latest.at) return { condition: rest(told), dueAt: decisionsEnd };
    const notice = {
      occasion: 'acknowledged' as const,
      alert: { ...incident.alert, severity: told.worst, data: {} },
      decision: latest,
    };
    const members = caredFor(told.members ?? {});
    return { condition: rest({ ...told, members, decidedAt: latest.at }), notice, dueAt: decisionsEnd };
  }

  // 3. Told, reminded of, or neither.
  const occasion = occasionOf(
    all,
    {
      joined,
      severity,
      left: left.length,
      known: incident.told,
      isCareOver: uncared.some(member => wasCaredFor(member, incident.told)),
    },
    about,
    rules,
  );
  if (typeof occasion === 'number')
    return { condition: rest(incident.told), dueAt: Math.min(occasion, decisionsEnd) };
  const wakes = occasion !== 'lasting' && occasion !== 'changed';
  const told = toldOf(
    all.filter((_, i) => cares[i] === undefined),
    all.filter((_, i) => cares[i] !== undefined),
    occasion,
    { known: incident.told, severity, decision, now },
  );
  const changes = { joined: known ? joined.length : 0, left: left.length };
  const alert = { ...groupAlert(key, wakes ? withFirst(all, joined) : all, severity, changes), since };
  const remindAt = Math.max(told.at + pauseMs(told.times, rules), about.remindFrom ?? 0);
  const dueAt = Math.min(remindAt, decisionsEnd);
  return { condition: rest(told), notice: { occasion, alert }, dueAt };
}

/** Why people are told now; else when they may be, milliseconds since 1970. */
function occasionOf(
  all: readonly Member[],
  {
    joined,
    severity,
    left,
    known,
    isCareOver,
  }: {
    joined: readonly Member[];
    severity: Severity;
    left: number;
    known: Told | undefined;
    isCareOver: boolean;
  },
  { now, remindFrom = 0 }: GroupCircumstances,
  rules: Rules,
): GroupOccasion | number {
  if (!known) return all.every(({ incident }) => incident.isFlapping) ? 'flapping' : 'opened';
  const isWorse = joined.some(
    member => known.members?.[member.key] !== undefined || rank(severityOf(member)) > rank(known.severity),
  );
  const isAsBad = joined.some(member => rank(severityOf(member)) >= rank(severity));
  // People who took care of what they knew, here or at the service that woke them, do not know of this one.
  const isLate = known.decidedAt !== undefined || now - (known.wokenAt ?? known.at) >= rules.joinsWithinMs;
  if (isWorse || (isAsBad && isLate)) return rank(severity) > rank(known.severity) ? 'escalated' : 'joined';
  const remindAt = Math.max(isCareOver ? now : known.at + pauseMs(known.times, rules), remindFrom);
  const changeAt = (known.changedAt ?? known.wokenAt ?? known.at) + rules.changeEveryMs;
  const hasChanged = joined.length > 0 || left > 0;
  // A reminder tells of changes too.
  if (hasChanged && now >= changeAt && now < remindAt) return 'changed';
  if (now >= remindAt) return 'lasting';
  return hasChanged ? Math.min(changeAt, remindAt) : remindAt;
}

/**
 * What people know from now on.
 * @param cared findings that a person takes care of: the notice is no louder for them, so what people know of them stays,
 *   and how bad they are is told when that ends
 */
function toldOf(
  uncared: readonly Member[],
  cared: readonly Member[],
  occasion: GroupOccasion,
  {
    known,
    severity,
    decision,
    now,
  }: { known: Told | undefined; severity: Severity; decision: Decision | undefined; now: number },
): Told {
  const members: Record<string, KnownMember> = {};
  for (const member of uncared)
    members[member.key] = {
      severity: severityOf(member),
      since: member.incident.alert.since,
      isUncared: true,
    };
  for (const { key } of cared) {
    const before = known?.members?.[key];
    if (before) members[key] = before;
  }
  const reached = known ? worse(known.severity, severity) : severity;
  const worst = known ? worse(known.worst, severity) : severity;
  if (known && occasion === 'changed') return { ...known, severity: reached, worst, members, changedAt: now };
  const times = occasion === 'lasting' ? (known?.times ?? 0) + 1 : 1;
  const told = { at: now, severity: reached, worst, times, members, wokenAt: now };
  // What was decided before is no news any more; a decision that has run out counts no longer.
  return occasion === 'lasting'
    ? { ...told, wokenAt: known?.wokenAt ?? now, decidedAt: known?.decidedAt }
    : { ...told, ...(decision && occasion === 'opened' ? { decidedAt: decision.at } : {}) };
}

/** Whether a finding that nobody takes care of is one of those that people were told are taken care of. */
function wasCaredFor({ key, incident }: Member, told: Told | undefined): boolean {
  const known = told?.members?.[key];
  return told?.isAcknowledged === true && known?.since === incident.alert.since && known.isUncared !== true;
}

function caredFor(members: Readonly<Record<string, KnownMember>>): Record<string, KnownMember> {
  return Object.fromEntries(
    Object.entries(members).map(([key, { severity, since }]) => [key, { severity, since }]),
  );
}

/** What people know, where findings have been less severe for long enough: a rise is told again. */
function lowered(known: Told, members: readonly Member[]): Told {
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
  known: Told | undefined,
  { ending }: GroupCircumstances,
): GroupStep {
  // The end of an alert that people never heard of is no news.
  if (!incident || !known) return { condition: undefined, dueAt: Infinity };
  const alert = { ...incident.alert, severity: known.worst, data: {} };
  return { condition: undefined, notice: { occasion: 'resolved', alert, ending }, dueAt: Infinity };
}

/** After a clock was set back, what was told is no older than now. */
function notAfter(told: Told, now: number): Told {
  const { at, wokenAt = 0, changedAt = 0 } = told;
  if (Math.max(at, wokenAt, changedAt) <= now) return told;
  return {
    ...told,
    at: Math.min(at, now),
    wokenAt: Math.min(wokenAt, now),
    ...(told.changedAt === undefined ? {} : { changedAt: Math.min(changedAt, now) }),
  };
}

/** The worst first, then the oldest. */
function sorted(members: readonly Member[]): Member[] {
  return [...members].sort(
    (a, b) => rank(severityOf(b)) - rank(severityOf(a)) || a.incident.alert.since - b.incident.alert.since,
  );
}

/** With a finding that people do not know yet at the head, since it is why they are woken. */
function withFirst(
  all: readonly [Member, ...Member[]],
  joined: readonly Member[],
): readonly [Member, ...Member[]] {
  const [lead] = joined;
  return lead ? [lead, ...all.filter(member => member !== lead)] : all;
}
