import type { ChannelKind, RecordOf, Severity } from '../history/index.ts';
import { severities } from '../history/index.ts';
import { seconds } from './checkpoints.ts';
import type { Finding } from './Finding.ts';
import type { Incident } from './incidents.ts';
import type { Notice } from './notices.ts';
import { deadlineMs, overlaps, union } from './spans.ts';
import { type Bot, groupBy, isSame, type Timeline } from './Timeline.ts';

/** How long each required incident waited for its first notice. */
export interface Delay {
  readonly incident: Incident;
  /** From the moment at which it was visible and required to the first arrival, ms; 0 when it was open before. */
  readonly delayMs: number;
}

/** The time that a delivery may take (docs/alerting.md). */
const deliveryMs = 10_000;
/** The longest pause before a delivery is tried again, after an outage of its channel. */
const retryMs = 60_000;
/** The time before an incident's first certain moment at which a notice of it counts: clock records are a second apart. */
const earlyMs = 2_000;
/** Findings of one vault are one alert: an alert of any of these reports each of them. */
const vaultChecks = [
  'negative-interest',
  'total-shares',
  'solvency',
  'present-value',
  'lp-share-price',
  'vault-answers',
];
/** The time that a check needs to see that its condition is over, beyond two rounds. */
const recoveryMs: Readonly<Record<string, number>> = {
  'rpc-endpoint': 60_000,
  'rpc-unreachable': 60_000,
  'channel-failing': 120_000,
  'heartbeat-failing': 60_000,
  'blocks-skipped': 3_600_000,
};
/** Alerts that end after a time of their own (docs/alerting.md, docs/runbooks). */
export const events: ReadonlySet<string> = new Set([
  'policy-violation',
  'state-unreadable',
  'owner-changed',
  'ticket-price-changed',
  'pool-was-paused',
  'alerts-refused',
  'alerts-dropped',
  'channel-moved',
  'foreign-transactions',
]);
const flappingMs = 3_600_000;
/** Less than the time until the first reminder, for a clock that was wrong. */
const reminderMs = 3_000_000;

/** Every required incident was alerted in time, and through every channel that worked. */
export function judgeIncidents(
  incidents: readonly Incident[],
  notices: readonly Notice[],
  timeline: Timeline,
): { readonly findings: Finding[]; readonly delays: Delay[] } {
  const findings: Finding[] = [];
  const delays: Delay[] = [];
  for (const incident of incidents) {
    const bot = timeline.bots.find(each => each.bot === incident.bot);
    if (!bot || incident.requiredAfterMs === undefined) continue;
    const allowedMs = incident.requiredAfterMs + 2 * bot.periodMs + deliveryMs;
    const blind = timeline.impossible(incident.isOnChain ? 'read' : 'run', bot.bot);
    const raisedBy = deadlineMs(incident.fromMs, allowedMs, blind);
    // An incident that was over before its alert was due needs none.
    if (incident.toMs <= raisedBy || timeline.history.endedMs <= raisedBy) continue;
    const own = notices.filter(notice => reports(notice, incident));
    // An earlier incident of the same kind may have been worse.
    const present = own.filter(each => isDuring(each, incident));
    const severity = mostSevere([incident.severity ?? 'info', ...present.map(each => each.severity)]);
    const missing: string[] = [];
    let firstMs = Infinity;
    for (const channel of channelsOf(bot, severity, timeline)) {
      // An incident that grows worse reaches a channel for severe alerts after its first severe notice.
      const isFor = (each: Severity) => severities.indexOf(channel.minSeverity) <= severities.indexOf(each);
      const worseMs = present.find(each => isFor(each.severity))?.arrivedMs;
      const fromMs =
        worseMs === undefined || isFor(incident.severity ?? 'info')
          ? incident.fromMs
          : Math.max(incident.fromMs, worseMs + deliveryMs - allowedMs);
      const cut = timeline.undeliverable(channel.channel, bot.bot);
      const asked = { fromMs, toMs: Math.max(raisedBy, fromMs + allowedMs) };
      const outage = cut.some(span => overlaps(span, asked));
      const byMs = deadlineMs(fromMs, allowedMs + (outage ? retryMs : 0), union([...blind, ...cut]));
      const arrivedMs = firstArrival(
        own.filter(notice => notice.channel === channel.channel),
        incident,
      );
      firstMs = Math.min(firstMs, arrivedMs);
      if (arrivedMs > byMs && incident.toMs > byMs && timeline.history.endedMs > byMs)
        missing.push(channel.channel);
    }
    const where = `${bot.bot}: ${incident.checks.join(' or ')}`;
    const evidence = { incident, raisedBy, severity, channels: missing, notices: own.slice(0, 5) };
    if (firstMs > raisedBy && missing.length > 0) {
      const what =
        firstMs === Infinity
          ? `an incident was never alerted: ${incident.source}`
          : `an incident was alerted ${seconds(firstMs - raisedBy)} too late: ${incident.source}`;
      findings.push({ rule: 'unalerted', what, where, atMs: raisedBy, evidence });
    } else if (missing.length > 0) {
      const what = `an alert did not come through ${missing.join(', ')}: ${incident.source}`;
      findings.push({ rule: 'undelivered', what, where, atMs: raisedBy, evidence });
    }
    const requiredMs = incident.fromMs + incident.requiredAfterMs;
    if (firstMs !== Infinity) delays.push({ incident, delayMs: Math.max(0, firstMs - requiredMs) });
    const worst = mostSevere(['info', ...own.map(each => each.severity)]);
    const tooMild =
      own.length > 0 && severities.indexOf(worst) < severities.indexOf(incident.severity ?? 'info');
    if (tooMild)
      findings.push({ rule: 'unalerted', what: 'an alert was too mild', where, atMs: raisedBy, evidence });
  }
  return { findings, delays };
}

/** Returns the first arrival within the incident, or its beginning where the alert was open before. */
function firstArrival(own: readonly Notice[], { fromMs, toMs }: Incident): number {
  const before = own.findLast(({ arrivedMs }) => arrivedMs < fromMs - earlyMs);
  if (before && isOpening(before)) return fromMs;
  return (
    own.find(
      notice =>
        isOpening(notice) && notice.arrivedMs >= fromMs - earlyMs && notice.arrivedMs <= toMs + 3_600_000,
    )?.arrivedMs ?? Infinity
  );
}

/** Nothing was alerted that was not so, and every check is one of the documents. */
export function judgeTruth(
  notices: readonly Notice[],
  incidents: readonly Incident[],
  known: ReadonlySet<string>,
): Finding[] {
  const findings: Finding[] = [];
  for (const notice of notices) {
    const { bot, check, arrivedMs, channel, occasion } = notice;
    if (occasion === 'news') continue;
    const where = `${bot}: ${check} through ${channel}`;
    const evidence = { notice };
    if (!known.has(check)) {
      findings.push({
        rule: 'unknown-alert',
        what: `no document knows the alert ${check}`,
        where,
        atMs: arrivedMs,
        evidence,
      });
    } else if (
      isOpening(notice) &&
      !incidents.some(incident => reports(notice, incident) && isDuring(notice, incident))
    ) {
      findings.push({
        rule: 'untrue-alert',
        what: `an alert about ${check} was not so`,
        where,
        atMs: arrivedMs,
        evidence,
      });
    }
  }
  return findings;
}

/** A notice that waited for its channel counts for the time at which its bot made it. */
function isDuring({ arrivedMs, madeMs }: Notice, { fromMs, toMs, lingersMs }: Incident): boolean {
  const within = (ms: number) => fromMs - earlyMs <= ms && ms <= toMs + lingersMs;
  return (
    within(arrivedMs) ||
    (madeMs !== undefined && within(madeMs)) ||
    (madeMs === undefined && arrivedMs >= fromMs && within(arrivedMs - retryMs))
  );
}

/** An alert was resolved when its incident was over, and not before. */
export function judgeResolutions(
  notices: readonly Notice[],
  incidents: readonly Incident[],
  timeline: Timeline,
): Finding[] {
  const findings: Finding[] = [];
  for (const [, own] of groupBy(notices, ({ channel, key }) => `${channel} ${key}`)) {
    for (const [index, notice] of own.entries()) {
      const last = own[index + 1];
      const bot = timeline.bots.find(each => each.bot === notice.bot);
      if (!bot) continue;
      const where = `${notice.bot}: ${notice.check} through ${notice.channel}`;
      const about = incidents.filter(incident => reports(notice, incident));
      // The end may have been reported in one message for many notices (a digest).
      const isOver = notices.some(
        ({ key, occasion, check, channel, arrivedMs }) =>
          key === `digest ${notice.check}` &&
          occasion === 'resolved' &&
          check === notice.check &&
          channel === notice.channel &&
          arrivedMs > notice.arrivedMs,
      );
      const isLast = last === undefined && notice.bot !== '' && !isOver;
      if (isOpening(notice) && isLast && !events.has(notice.check)) {
        const overMs = Math.max(
          notice.arrivedMs,
          ...about
            .filter(({ fromMs }) => fromMs <= notice.arrivedMs)
            .map(({ toMs, isEvent }) => (isEvent ? Infinity : toMs)),
        );
        const isFlapping = notices.some(
          ({ text, bot: name, check, pool }) =>
            name === notice.bot && check === notice.check && pool === notice.pool && /flapping/.test(text),
        );
        const allowedMs =
          bot.resolveAfterMs +
          2 * bot.periodMs +
          deliveryMs +
          retryMs +
          (recoveryMs[notice.check] ?? 0) +
          (isFlapping ? flappingMs : 0);
        const cut = union([
          ...timeline.undeliverable(notice.channel, bot.bot),
          ...timeline.impossible('read', bot.bot),
        ]);
        const byMs = overMs === Infinity ? Infinity : deadlineMs(overMs, allowedMs, cut);
        if (byMs < timeline.history.endedMs)
          findings.push({
            rule: 'unresolved',
            what: `an alert about ${notice.check} was never resolved`,
            where,
            atMs: byMs,
            evidence: { notice, overMs, byMs },
          });
      }
      if (notice.occasion === 'resolved') {
        const open = about.find(
          ({ fromMs, toMs, requiredAfterMs, pool }) =>
            requiredAfterMs !== undefined &&
            isSame(pool, notice.pool) &&
            fromMs + requiredAfterMs + 2 * bot.periodMs < notice.arrivedMs &&
            notice.arrivedMs < toMs - 2 * bot.periodMs,
        );
        const wasDown = timeline
          .impossible('read', bot.bot)
          .some(span =>
            overlaps(span, { fromMs: notice.arrivedMs - bot.resolveAfterMs, toMs: notice.arrivedMs }),
          );
        if (open && !wasDown)
          findings.push({
            rule: 'resolved-early',
            what: `an alert about ${notice.check} was resolved while it lasted`,
            where,
            atMs: notice.arrivedMs,
            evidence: { notice, incident: open },
          });
      }
    }
  }
  return findings;
}

/** A notice comes once, and at most once more for each kill, and for each fault of its channel. */
export function judgeRepetitions(notices: readonly Notice[], timeline: Timeline): Finding[] {
  const findings: Finding[] = [];
  for (const all of groupBy(notices, ({ channel, identity }) => `${channel} ${identity}`).values()) {
    const [first] = all;
    // A reminder of the same words comes an hour later, at the earliest.
    const own = all.filter(({ arrivedMs }) => arrivedMs < (first?.arrivedMs ?? 0) + reminderMs);
    const last = own.at(-1);
    if (!first || !last || own.length === 1) continue;
    // A text without a number is the same when the condition ends and begins again.
    const isBetween = ({ channel, key, occasion, arrivedMs }: Notice) =>
      channel === first.channel &&
      key === first.key &&
      (occasion === 'resolved') !== (first.occasion === 'resolved') &&
      arrivedMs > first.arrivedMs &&
      arrivedMs < last.arrivedMs;
    const between = notices.filter(isBetween).length;
    const crashes = timeline
      .crashes(first.bot)
      .filter(ms => first.arrivedMs - deliveryMs <= ms && ms <= last.arrivedMs);
    const cuts = timeline
      .undeliverable(first.channel, first.bot)
      .filter(({ fromMs, toMs }) => fromMs <= last.arrivedMs && first.arrivedMs - deliveryMs <= toMs);
    const allowed =
      1 + crashes.length + cuts.length + (isText(first.kind) || first.kind === 'pagerduty' ? between : 0);
    if (own.length <= allowed) continue;
    findings.push({
      rule: 'repeated',
      what: `a notice about ${first.check} came ${own.length} times, of at most ${allowed}`,
      where: `${first.bot} through ${first.channel}`,
      atMs: last.arrivedMs,
      evidence: { notices: own, crashes },
    });
  }
  return findings;
}

function isText(kind: ChannelKind): boolean {
  return kind !== 'webhook' && kind !== 'rollbar' && kind !== 'pagerduty';
}

function isOpening({ occasion }: Notice): boolean {
  return occasion === 'raised' || occasion === 'reminded';
}

/** Whether a notice is about an incident: its bot, one of its checks, its pool or the group that holds the pool. */
export function reports(notice: Notice, incident: Incident): boolean {
  if (notice.bot !== incident.bot && notice.bot !== '') return false;
  const ofVault = incident.checks.some(check => vaultChecks.includes(check));
  const isCheck = incident.checks.includes(notice.check) || (ofVault && vaultChecks.includes(notice.check));
  return (
    isCheck &&
    (notice.pool === undefined || incident.pool === undefined || isSame(notice.pool, incident.pool))
  );
}

function channelsOf(bot: Bot, severity: Severity, timeline: Timeline): readonly RecordOf<'channel'>[] {
  return timeline.history
    .of('channel')
    .filter(
      ({ channel, minSeverity }) =>
        bot.channels.includes(channel) && severities.indexOf(minSeverity) <= severities.indexOf(severity),
    );
}

function mostSevere(all: readonly Severity[]): Severity {
  return severities[Math.max(...all.map(each => severities.indexOf(each)))] as Severity;
}
