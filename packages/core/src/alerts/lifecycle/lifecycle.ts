import { type Acknowledgement, type Alert, type Notice, rank, worse } from '../model/alert.ts';
import { type Condition, type Incident, type StoredAlert, withNotified } from '../model/condition.ts';
import { withChanges, withItsTexts } from '../model/lazyTexts.ts';
import type { Rules } from '../model/rules.ts';
import { applies, isActive, isPending } from './Acknowledgements.ts';

const hourMs = 3_600_000;

export type Event =
  /** The check found the condition. */
  | { kind: 'failing'; alert: StoredAlert; data?(): Alert['data']; forgetData?(): void }
  /** The check ran and did not find it. */
  | { kind: 'fine' }
  /** Only time has passed. */
  | { kind: 'time' }
  /** No later round will observe the condition. */
  | { kind: 'ended'; why: string };

export interface Circumstances {
  /** Milliseconds since 1970. */
  now: number;
  /** The decision about this key, whether it still applies or not. */
  decision?: Acknowledgement | undefined;
  /** For alerts about events: the alert is resolved after this time without another event, in ms. */
  quietMs?: number | undefined;
  rules: Rules;
}

export interface Step {
  /** Undefined when there is no state to keep. */
  condition: Condition | undefined;
  notice?: Pick<Notice, 'occasion' | 'alert' | 'decision' | 'ending'> | undefined;
}

/**
 * Returns the next step of a condition. It is reported at once when it begins and when it gets worse, with
 * ever rarer reminders while it lasts, and once when it has ended.
 */
export function step(before: Condition | undefined, event: Event, about: Circumstances): Step {
  const { now, rules } = about;
  const recent = recentOf(before?.beginnings ?? [], now, rules);
  const known = before?.incident && notAfter(before.incident, now);
  if (event.kind === 'failing') {
    // `push` is avoided, since it makes room for 16 more.
    const beginnings = known ? recent : [...recent, now];
    const incident = known
      ? seenAgain(known, event.alert, about)
      : begun(event.alert, beginnings.length, about);
    return told({ beginnings, incident }, about, event.data);
  }
  if (!known) return { condition: recent.length === 0 ? undefined : { beginnings: recent } };
  const ended = (of: Incident, why?: string) => over({ beginnings: recent, incident: of }, about, why);
  if (event.kind === 'ended') return ended(known, event.why);
  const incident = event.kind === 'fine' ? { ...known, gone: counted(known.gone, now) } : known;
  if (isGone(incident, now, rules)) return ended(incident);
  if (about.quietMs !== undefined && now - incident.lastSeenAt >= about.quietMs)
    return ended(incident, `it has not happened again for ${about.quietMs / hourMs} h`);
  return told({ beginnings: recent, incident }, about);
}

/**
 * Returns the recent beginnings; the same list where all of it is recent, since most rounds change none of
 * thousands.
 */
function recentOf(beginnings: readonly number[], now: number, rules: Rules): readonly number[] {
  const isRecent = (at: number) => Math.abs(now - at) < rules.flappingWithinMs;
  return beginnings.every(isRecent) ? beginnings : beginnings.filter(isRecent);
}

/**
 * Returns when the passing of time alone may next cause a notice or an end, in ms since 1970; Infinity for
 * never.
 */
export function dueAt(
  condition: Condition,
  { decision, quietMs, rules }: Omit<Circumstances, 'now'>,
): number {
  const { beginnings, incident } = condition;
  if (!incident) return (beginnings.at(-1) ?? 0) + rules.flappingWithinMs;
  const { gone, told, lastSeenAt } = incident;
  const times = [quietMs === undefined ? Infinity : lastSeenAt + quietMs];
  const isMember = incident.alert.group !== undefined;
  if (!isMember && isPending(told, decision)) return 0;
  if (gone)
    times.push(gone.rounds < rules.resolveAfterRounds ? Infinity : gone.since + patienceMs(incident, rules));
  // The group of a member sends the reminders.
  else if (!isMember) {
    // The end of a mute or an acknowledgement causes a reminder at once.
    const remind = told && !told.isAcknowledged ? told.at + pauseMs(told.times, rules) : 0;
    const counting = decision && applies(incident, decision);
    times.push(counting ? Math.max(remind, decision.until ?? Infinity) : remind);
  }
  return Math.min(...times);
}

/**
 * Returns whether another event of the same key and round outweighs this one. The worst finding counts, and
 * of equally bad findings the first, since the condition began there.
 */
export function isOutweighed(event: Event, by: Event | undefined): boolean {
  if (by === undefined) return false;
  if (event.kind !== 'failing') return true;
  return by.kind === 'failing' && rank(by.alert.severity) >= rank(event.alert.severity);
}

/**
 * After a clock was set back, moves the stored times back to now. Otherwise reminders and ends would wait for
 * them.
 */
function notAfter(incident: Incident, now: number): Incident {
  const { lastSeenAt, told, gone, calmer } = incident;
  const isPast = Math.max(lastSeenAt, told?.at ?? 0, gone?.since ?? 0, calmer?.since ?? 0) <= now;
  if (isPast) return incident;
  return {
    ...incident,
    lastSeenAt: Math.min(lastSeenAt, now),
    told: told && { ...told, at: Math.min(told.at, now) },
    gone: gone && { ...gone, since: Math.min(gone.since, now) },
    calmer: calmer && { ...calmer, since: Math.min(calmer.since, now) },
  };
}

function begun(alert: StoredAlert, times: number, { now, rules }: Circumstances): Incident {
  const isFlapping = times >= rules.flappingBeginnings;
  return { alert: withChanges(alert, { since: now, count: 1 }), lastSeenAt: now, isFlapping };
}

function seenAgain(known: Incident, alert: StoredAlert, { now, rules }: Circumstances): Incident {
  const { since, count, group: before } = known.alert;
  // An alert that was reported by itself ends by itself. An alert that leaves its group is reported by
  // itself, or in another group.
  const isKnownAlone = known.told !== undefined && before === undefined;
  const group = isKnownAlone ? undefined : alert.group;
  const isSameGroup = group === before;
  const incident: Incident = {
    alert: withChanges(alert, { since, count: count + 1, group }),
    lastSeenAt: now,
    told: isSameGroup ? known.told : undefined,
    toldTo: isSameGroup ? known.toldTo : undefined,
    gone: undefined,
    calmer: undefined,
    isFlapping: known.isFlapping,
  };
  if (!incident.told || rank(alert.severity) >= rank(incident.told.severity)) return incident;
  const calm = counted(known.calmer, now);
  const severity = known.calmer ? worse(known.calmer.severity, alert.severity) : alert.severity;
  // A condition that gets better and worse every other round is not reported as worse each time.
  const isCalm = calm.rounds >= rules.resolveAfterRounds && now - calm.since >= rules.resolveAfterMs;
  return isCalm
    ? { ...incident, told: { ...incident.told, severity } }
    : { ...incident, calmer: { ...calm, severity } };
}

/** Returns the notice about a condition that holds, if one is due. */
function told(condition: Condition, about: Circumstances, data: () => Alert['data'] = () => ({})): Step {
  const incident = condition.incident as Incident;
  const { alert, told: known } = incident;
  const { now, decision, rules } = about;
  if (alert.group !== undefined)
    return { condition: { ...condition, incident: withOwnSeverity(incident, now) } };
  const isSilent = decision !== undefined && isActive(incident, decision, now);
  if (known && decision && isPending(known, decision)) {
    const heard = { ...condition, incident: { ...incident, told: { ...known, decidedAt: decision.at } } };
    if (!isSilent) return told(heard, about, data);
    // The recipients of the worst severity are notified of the acknowledgement.
    const worst = { ...alert, severity: known.worst, data: {} };
    return { condition: heard, notice: { occasion: 'acknowledged', alert: worst, decision } };
  }
  const occasion = occasionOf(incident, now, rules);
  if (!occasion || isSilent) return { condition };
  const times = occasion === 'lasting' ? (known?.times ?? 0) + 1 : 1;
  const severity = known ? worse(known.severity, alert.severity) : alert.severity;
  const worst = known ? worse(known.worst, alert.severity) : alert.severity;
  const toldNow = { at: now, severity, worst, times, decidedAt: decision?.at };
  // From here on the condition keeps only the texts of the finding, and not its data.
  const stored = withItsTexts(alert);
  return {
    condition: {
      beginnings: condition.beginnings,
      incident: withNotified(incident, { told: toldNow, alert: stored }),
    },
    notice: { occasion, alert: { ...stored, data: data() } },
  };
}

/**
 * Updates a member's own severity, which rises at once and falls when it has stayed lower. Its group reports
 * it.
 */
function withOwnSeverity(incident: Incident, now: number): Incident {
  const { alert, told: known } = incident;
  if (incident.gone || (known && rank(alert.severity) <= rank(known.severity))) return incident;
  const { severity } = alert;
  return {
    ...incident,
    told: { at: now, severity, worst: worse(severity, known?.worst ?? severity), times: 1 },
  };
}

function occasionOf(
  { alert, told, gone, isFlapping }: Incident,
  now: number,
  rules: Rules,
): Notice['occasion'] | undefined {
  if (gone) return undefined;
  if (!told) return isFlapping ? 'flapping' : 'opened';
  if (rank(alert.severity) > rank(told.severity)) return 'escalated';
  // The mute or the acknowledgement has expired or was taken back.
  if (told.isAcknowledged) return 'lasting';
  return now - told.at >= pauseMs(told.times, rules) ? 'lasting' : undefined;
}

function over(
  { beginnings, incident }: Condition & { incident: Incident },
  { decision }: Circumstances,
  ending?: string,
): Step {
  const condition = beginnings.length === 0 ? undefined : { beginnings };
  // The group of a member reports its end, and the end of an alert that was never reported is not reported
  // either.
  if (!incident.told || incident.alert.group !== undefined) return { condition };
  // The notice has the worst severity so far, so that every recipient of the alert gets its end.
  const alert = { ...incident.alert, severity: incident.told.worst, data: {} };
  const care = decision && applies(incident, decision) ? decision : undefined;
  return { condition, notice: { occasion: 'resolved', alert, decision: care, ending } };
}

function isGone(incident: Incident, now: number, rules: Rules): boolean {
  const { gone } = incident;
  return (
    gone !== undefined &&
    gone.rounds >= rules.resolveAfterRounds &&
    now - gone.since >= patienceMs(incident, rules)
  );
}

function patienceMs({ isFlapping }: Incident, rules: Rules): number {
  return isFlapping ? rules.flappingResolveAfterMs : rules.resolveAfterMs;
}

/** Returns the pause before the next reminder, in ms, after `times` notices with the same severity. */
export function pauseMs(times: number, { remindAfterMs }: Rules): number {
  return remindAfterMs[Math.min(times, remindAfterMs.length) - 1] ?? Infinity;
}

function counted(
  before: { since: number; rounds: number } | undefined,
  now: number,
): { since: number; rounds: number } {
  return { since: before?.since ?? now, rounds: (before?.rounds ?? 0) + 1 };
}
