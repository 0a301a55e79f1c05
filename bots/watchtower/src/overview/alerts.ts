import type { OpenAlert } from '@service-bots/core/alerts';
import type { StatusAlert } from '@service-bots/core/botStatus';
import { plainLine } from '@service-bots/core/errors';
import type { Watched } from '../polling/watched.ts';
import type { AlertView } from './schema.ts';

/** Orders alerts by severity, the worst first, and then by age, the oldest first. */
function worstFirst(a: AlertView, b: AlertView): number {
  return order.indexOf(a.severity) - order.indexOf(b.severity) || (a.since < b.since ? -1 : 1);
}

const order = ['critical', 'error', 'warning', 'info'];
/** The limit keeps the page small enough for a telephone. */
const mostAlerts = 300;
/**
 * The most alerts of one bot or one peer. More of them add no information and must not displace those of
 * others.
 */
const mostOfOne = 50;

export interface OpenAlerts {
  readonly alerts: AlertView[];
  /** The number of open alerts that are left out. */
  readonly leftOut: number;
}

/** Returns every open alert of the watchtower and of the bots, the worst and the oldest first. */
export function alertsOf(own: readonly OpenAlert[], watched: readonly Watched[]): OpenAlerts {
  const ofBots = watched.map(({ target, answer }) =>
    (answer?.status.openAlerts ?? []).map(alert => viewOf(alert, target.id, target.name)),
  );
  return mergedAlerts(own.map(ownView), ofBots);
}

/**
 * Merges alerts of several sources.
 * @param own the alerts that are all kept
 * @param others the alerts of each other source, of which the worst are kept
 */
export function mergedAlerts(own: readonly AlertView[], others: readonly AlertView[][]): OpenAlerts {
  const worst = others.flatMap(each => [...each].sort(worstFirst).slice(0, mostOfOne)).sort(worstFirst);
  const alerts = [...own, ...worst.slice(0, Math.max(mostAlerts - own.length, 0))].sort(worstFirst);
  const all = own.length + others.reduce((sum, { length }) => sum + length, 0);
  return { alerts, leftOut: all - alerts.length };
}

function ownView(alert: OpenAlert): AlertView {
  const { dedupKey: key, check, severity, title, message, pool, subject, owner, runbook, decision } = alert;
  return {
    key,
    source: 'watchtower',
    check,
    severity,
    title,
    message: plainLine(message, 800),
    pool,
    subject,
    since: iso(alert.since),
    lastDelivered: alert.lastSentAt === undefined ? undefined : iso(alert.lastSentAt),
    owner,
    runbook,
    decision: decision && {
      kind: decision.kind,
      by: plainLine(decision.by, 80),
      why: plainLine(decision.why),
      at: iso(decision.at),
      until: decision.until === undefined ? undefined : iso(decision.until),
    },
    command: commandFor('watchtower', key),
  };
}

function viewOf(alert: StatusAlert, source: string, name: string): AlertView {
  const { key, check, severity, title, message, pool, subject, since, lastSent, owner, runbook, decided } =
    alert;
  const about = { key: plainLine(key, 600), source, check, severity, title, message, pool, subject };
  const people = { since, lastDelivered: lastSent, owner, runbook, decision: decided };
  return { ...about, ...people, command: commandFor(name, key) };
}

/** The forms of names and keys that may enter a command, since a person copies it into a shell. */
const plainName = /^[a-z0-9-]{1,40}$/;
const plainKey = /^[\w.:@/+-]{1,300}$/;

export function commandFor(name: string, key: string): string {
  if (!plainName.test(name)) return 'make alerts';
  // A key with other characters may contain anything. The command then lists the alerts, and the person picks
  // one.
  if (!plainKey.test(key)) return `make alerts BOT=${name}`;
  return `make alerts BOT=${name} DO="ack ${key} --why 'on it'"`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
