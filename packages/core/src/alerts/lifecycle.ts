import { type Alert, type Decision, type Notice, type Severity, severities } from './alert.ts';

/** When people are told. */
export interface Rules {
  /** A condition is over once it was found gone for so long … */
  resolveAfterMs: number;
  /** … and so often. */
  resolveAfterRounds: number;
  /** Pauses between reminders while it lasts; the last one goes on for ever. */
  remindAfterMs: readonly number[];
  /** So many beginnings within `flappingWithinMs` are told as one flapping alert, … */
  flappingBeginnings: number;
  flappingWithinMs: number;
  /** … which is over after so long. */
  flappingResolveAfterMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export function rulesWith(resolveAfterMs: number): Rules {
  return {
    resolveAfterMs,
    resolveAfterRounds: 2,
    remindAfterMs: [hourMs, 4 * hourMs, 24 * hourMs],
    flappingBeginnings: 3,
    flappingWithinMs: hourMs,
    // With five minutes, an hour.
    flappingResolveAfterMs: 12 * resolveAfterMs,
  };
}

export const usualRules = rulesWith(5 * minuteMs);

/** An alert as it is remembered between two looks. */
export type Remembered = Omit<Alert, 'data'>;

interface Told {
  at: number;
  severity: Severity;
  worst: Severity;
  /** With this severity. */
  times: number;
  /** The decision about it that was looked at last, by its time. */
  decidedAt?: number | undefined;
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
}

/** What is remembered of one key. JSON-safe. */
export interface Condition {
  /** When it began, each time within the last hour. */
  beginnings: readonly number[];
  incident?: Incident | undefined;
}

export type Event =
  /** The check found it. */
  | { kind: 'failing'; alert: Alert }
  /** The check ran and did not find it. */
  | { kind: 'fine' }
  /** Nothing was looked at. */
  | { kind: 'time' }
  /** Nobody will look at it any more. */
  | { kind: 'ended'; why: string };

export interface Circumstances {
  /** Milliseconds since 1970. */
  now: number;
  /** What a person said about this key, whether it still counts or not. */
  decision?: Decision | undefined;
  /** For what happens rather than lasts: it is over when it has not happened for so long. */
  quietMs?: number | undefined;
}

export interface Step {
  /** Undefined: there is nothing to remember. */
  condition: Condition | undefined;
  notice?: Pick<Notice, 'occasion' | 'alert' | 'decision' | 'ending'> | undefined;
}

/**
 * One step in the life of a condition. It is told at once when it begins and when it gets worse, with reminders ever
 * rarer while it lasts, and once when it has ended.
 */
export function step(before: Condition | undefined, event: Event, about: Circumstances, rules: Rules): Step {
  const { now } = about;
  const beginnings = (before?.beginnings ?? []).filter(at => Math.abs(now - at) < rules.flappingWithinMs);
  const known = before?.incident && notAfter(before.incident, now);
  if (event.kind === 'failing') {
    if (known)
      return told(
        { beginnings, incident: seenAgain(known, event.alert, now, rules) },
        about,
        rules,
        event.alert,
      );
    const began = [...beginnings, now];
    return told(
      { beginnings: began, incident: begun(event.alert, began.length, now, rules) },
      about,
      rules,
      event.alert,
    );
  }
  if (!known) return { condition: beginnings.length === 0 ? undefined : { beginnings } };
  if (event.kind === 'ended') return over(beginnings, known, about, event.why);
  const incident = event.kind === 'fine' ? { ...known, gone: counted(known.gone, now) } : known;
  if (isGone(incident, now, rules)) return over(beginnings, incident, about);
  if (about.quietMs !== undefined && now - incident.lastSeenAt >= about.quietMs)
    return over(beginnings, incident, about, `it has not happened again for ${about.quietMs / hourMs} h`);
  return told({ beginnings, incident }, about, rules);
}

/** When the next `time` may have something to tell or to end, milliseconds since 1970; Infinity for never. */
export function dueAt(
  condition: Condition,
  { decision, quietMs }: Omit<Circumstances, 'now'>,
  rules: Rules,
): number {
  const { beginnings, incident } = condition;
  if (!incident) return (beginnings.at(-1) ?? 0) + rules.flappingWithinMs;
  const { gone, told, lastSeenAt } = incident;
  const times = [quietMs === undefined ? Infinity : lastSeenAt + quietMs];
  if (isUnheard(told, decision)) return 0;
  if (gone)
    times.push(gone.rounds < rules.resolveAfterRounds ? Infinity : gone.since + patienceMs(incident, rules));
  else {
    const remind = told ? told.at + pauseMs(told.times, rules) : 0;
    const counting = decision && counts(incident, decision);
    times.push(counting ? Math.max(remind, decision.until ?? Infinity) : remind);
  }
  return Math.min(...times);
}

/**
 * Whether a decision is about what is open: not when it was over before that began, nor when it is worse now than it was
 * then. A mute holds for any beginning, and gives way to nothing but to what has become critical.
 */
export function counts({ alert, told }: Incident, { kind, at, until, severity }: Decision): boolean {
  const now = told ? worse(told.severity, alert.severity) : alert.severity;
  const isWorse = severity !== undefined && rank(now) > rank(severity);
  if (until !== undefined && until <= alert.since) return false;
  return kind === 'mute' ? !(isWorse && now === 'critical') : !isWorse && at >= alert.since;
}

/** Whether a decision about what is open keeps people from hearing of it now. */
export function stands(incident: Incident, decision: Decision, now: number): boolean {
  return now < (decision.until ?? Infinity) && counts(incident, decision);
}

/** The same, where these channels were told of it too. */
export function toldTo(condition: Condition, names: readonly string[]): Condition {
  const { incident } = condition;
  if (incident && !incident.toldTo) return { ...condition, incident: { ...incident, toldTo: names } };
  if (!incident || names.every(name => incident.toldTo?.includes(name))) return condition;
  return {
    ...condition,
    incident: { ...incident, toldTo: [...new Set([...(incident.toldTo ?? []), ...names])] },
  };
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

/**
 * Looked at several times in a round is one look, and what one of them found is there: the worst of it, and of what is
 * equally bad the first, since that is where it began.
 */
export function isOutweighed(event: Event, by: Event | undefined): boolean {
  if (by === undefined) return false;
  if (event.kind !== 'failing') return true;
  return by.kind === 'failing' && rank(by.alert.severity) >= rank(event.alert.severity);
}

/** Whether people who know of it have not heard yet what somebody decided about it. */
function isUnheard(told: Told | undefined, decision: Decision | undefined): boolean {
  return told !== undefined && decision !== undefined && told.decidedAt !== decision.at;
}

/** After a clock was set back, what was seen and told is no older than now, or reminders and ends would wait for it. */
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

function begun(alert: Alert, times: number, now: number, rules: Rules): Incident {
  const isFlapping = times >= rules.flappingBeginnings;
  return { alert: remembered({ ...alert, since: now, count: 1 }), lastSeenAt: now, isFlapping };
}

function seenAgain(known: Incident, alert: Alert, now: number, rules: Rules): Incident {
  const { since, count } = known.alert;
  const incident: Incident = {
    ...known,
    alert: remembered({ ...alert, since, count: count + 1 }),
    lastSeenAt: now,
    gone: undefined,
    calmer: undefined,
  };
  const { told } = known;
  if (!told || rank(alert.severity) >= rank(told.severity)) return incident;
  const calm = counted(known.calmer, now);
  const severity = known.calmer ? worse(known.calmer.severity, alert.severity) : alert.severity;
  // One that goes up and down every other round is not told as worse each time.
  const isCalm = calm.rounds >= rules.resolveAfterRounds && now - calm.since >= rules.resolveAfterMs;
  return isCalm
    ? { ...incident, told: { ...told, severity } }
    : { ...incident, calmer: { ...calm, severity } };
}

/** What people are told of what holds, if anything. */
function told(condition: Condition, about: Circumstances, rules: Rules, fresh?: Alert): Step {
  const incident = condition.incident as Incident;
  const { alert, told: known } = incident;
  const { now, decision } = about;
  const isSilent = decision !== undefined && stands(incident, decision, now);
  if (known && decision && isUnheard(known, decision)) {
    const heard = { ...condition, incident: { ...incident, told: { ...known, decidedAt: decision.at } } };
    if (!isSilent) return told(heard, about, rules, fresh);
    // Whoever heard how bad it was hears that somebody takes care of it.
    const worst = { ...alert, severity: known.worst, data: {} };
    return { condition: heard, notice: { occasion: 'acknowledged', alert: worst, decision } };
  }
  const occasion = occasionOf(incident, now, rules);
  if (!occasion || isSilent) return { condition };
  const times = occasion === 'lasting' ? (known?.times ?? 0) + 1 : 1;
  const severity = known ? worse(known.severity, alert.severity) : alert.severity;
  const worst = known ? worse(known.worst, alert.severity) : alert.severity;
  return {
    condition: {
      ...condition,
      incident: { ...incident, told: { at: now, severity, worst, times, decidedAt: decision?.at } },
    },
    notice: { occasion, alert: { ...alert, data: fresh?.data ?? {} } },
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
  return now - told.at >= pauseMs(told.times, rules) ? 'lasting' : undefined;
}

function over(
  beginnings: readonly number[],
  incident: Incident,
  { decision }: Circumstances,
  ending?: string,
): Step {
  const condition = beginnings.length === 0 ? undefined : { beginnings };
  // Nobody has to hear the end of what they never heard of.
  if (!incident.told) return { condition };
  // As severe as it ever was: who heard of nothing less has to hear of its end.
  const alert = { ...incident.alert, severity: incident.told.worst, data: {} };
  const care = decision && counts(incident, decision) ? decision : undefined;
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

function pauseMs(times: number, { remindAfterMs }: Rules): number {
  return remindAfterMs[Math.min(times, remindAfterMs.length) - 1] ?? Infinity;
}

function counted(
  before: { since: number; rounds: number } | undefined,
  now: number,
): { since: number; rounds: number } {
  return { since: before?.since ?? now, rounds: (before?.rounds ?? 0) + 1 };
}

function remembered({ data: _, ...alert }: Alert): Remembered {
  return alert;
}

function worse(left: Severity, right: Severity): Severity {
  return rank(left) > rank(right) ? left : right;
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}
