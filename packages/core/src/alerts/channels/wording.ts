import { type Plain, redactAll } from '../../logger/index.ts';
import { type Alert, type Decision, deploymentOf, type Notice } from '../alert.ts';
import type { Severity } from '../severity.ts';
import type { ChannelOptions } from './channelOptions.ts';
import { cut } from './cut.ts';

/** The options that a text is made with. */
export type Context = Pick<ChannelOptions, 'environment' | 'redact'>;

/** A notice in the form that people read. */
export interface Wording {
  /** A line that is enough on a locked telephone. */
  headline: string;
  message: string;
  facts: readonly (readonly [name: string, value: string])[];
  /** The runbook page; news has none. */
  runbook: string | undefined;
  /** Further details from the bot, a line for each. */
  details: readonly string[];
}

const marks: Record<Severity, string> = { critical: '🔴', error: '🟠', warning: '🟡', info: '🔵' };

const headlines: Record<Notice['occasion'], (alert: Alert, decision?: Decision) => string> = {
  opened: ({ severity, title }) => `${marks[severity]} ${severity}: ${title}`,
  lasting: ({ severity, title }) => `${marks[severity]} still ${severity}: ${title}`,
  escalated: ({ severity, title }) => `${marks[severity]} now ${severity}: ${title}`,
  joined: ({ severity, title }) => `${marks[severity]} ${severity}, more pools: ${title}`,
  changed: ({ severity, title }) => `${marks[severity]} ${severity}, other pools: ${title}`,
  flapping: ({ severity, title }) => `${marks[severity]} ${severity}, on and off: ${title}`,
  acknowledged: ({ title }, decision) =>
    `👤 ${decision?.kind === 'mute' ? 'muted' : 'taken'} by ${decision?.by}: ${title}`,
  resolved: ({ title }) => `✅ resolved: ${title}`,
  news: ({ title }) => `ℹ️ ${title}`,
};

const mostOfFact = 300;

/** Returns a notice in words, without secrets. */
export function wordingOf(notice: Notice, { environment, redact }: Context): Wording {
  const { alert, occasion, decision } = notice;
  const data = redactAll(alert.data, redact) as Record<string, Plain>;
  return {
    headline: redact(headlines[occasion](alert, decision)),
    message: redact(alert.message),
    facts: factsOf(notice, environment).map(([name, value]) => [name, cut(redact(value), mostOfFact)]),
    runbook: occasion === 'news' ? undefined : redact(alert.runbook),
    details: Object.entries(data).map(([name, value]) => `${name}:${laidOut(value)}`),
  };
}

/** Gives each plain value of a list or a table its own line, since people read them on a telephone. */
function laidOut(value: Plain): string {
  if (typeof value !== 'object' || value === null) return ` ${value}`;
  const entries = Object.entries(value);
  if (entries.length === 0) return ' none';
  if (entries.some(([, each]) => typeof each === 'object' && each !== null))
    return ` ${JSON.stringify(value, withoutStack)}`;
  const shown = entries.filter(([key]) => key !== stack);
  return shown.map(([key, each]) => `\n  ${Array.isArray(value) ? '' : `${key}: `}${each}`).join('');
}

/**
 * The location of a defect is in the log, in Rollbar and in the webhook; on a telephone it hides the rest.
 */
const stack = 'stack';

function withoutStack(key: string, value: unknown): unknown {
  return key === stack ? undefined : value;
}

/** A digest of more notices than this is grouped by check, since each line would be cut to a few words. */
const mostLines = 20;

/**
 * Returns several notices as one: a headline, and a line for each notice, or for each check when there are
 * many.
 */
export function digestOf(
  notices: readonly Notice[],
  { redact }: Context,
): { headline: string; lines: string[] } {
  const lineOf = ({ occasion, alert, decision }: Notice, about: string | undefined) =>
    redact(
      `${headlines[occasion](alert, decision)}${about === undefined ? '' : ` (${about})`}: ${alert.message}`,
    );
  const subjectOf = ({ alert: { pool, subject } }: Notice) => pool ?? subject;
  const alike = new Map<string, [Notice, ...Notice[]]>();
  for (const [index, notice] of notices.entries()) {
    const { occasion, alert, decision } = notice;
    const kind =
      notices.length <= mostLines ? `${index}` : `${alert.check} ${headlines[occasion](alert, decision)}`;
    const known = alike.get(kind);
    if (known) known.push(notice);
    else alike.set(kind, [notice]);
  }
  const lines = [...alike.values()].map(([first, ...more]) => {
    if (more.length === 0) return lineOf(first, subjectOf(first));
    const names = [first, ...more].flatMap(each => shortened(subjectOf(each)) ?? []);
    const rest = names.length > mostNames ? `, … ${names.length - mostNames} more` : '';
    const list = `${names.slice(0, mostNames).join(', ')}${rest}`;
    return lineOf(first, `${more.length + 1} of them${list === '' ? '' : `: ${list}`}`);
  });
  return { headline: `${notices.length} notices at once`, lines };
}

const mostNames = 4;

/** Returns `0x1234…cdef` for an address. */
function shortened(name: string | undefined): string | undefined {
  return name?.replace(/^(0x[0-9a-f]{4})[0-9a-f]{32}([0-9a-f]{4})$/i, '$1…$2');
}

function factsOf(notice: Notice, today: string | undefined): [string, string][] {
  const { occasion, at, alert, decision, ending } = notice;
  const environment = deploymentOf(notice, today);
  const { bot, check, chain, pool, subject, owner, since, count } = alert;
  const facts: [string, string | undefined][] = [
    ['bot', environment === undefined ? bot : `${bot} (${environment})`],
    ['chain', chain],
    ['pool', pool],
    ['about', subject],
  ];
  if (occasion !== 'news') {
    const isNew = occasion === 'opened';
    facts.push(
      ['check', check],
      ['owner', owner],
      ['since', isNew ? undefined : `${new Date(since).toISOString()} (${durationOf(at - since)})`],
      ['seen', isNew ? undefined : count === 1 ? 'once' : `${count} times`],
      ['ended', ending],
      [
        decision?.kind === 'mute' ? 'muted' : 'taken',
        decision && `by ${decision.by}${untilOf(decision)}: ${decision.why}`,
      ],
    );
  }
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function untilOf({ until }: Decision): string {
  return until === undefined ? '' : ` until ${new Date(until).toISOString()}`;
}

/** `40 s`, `5 min`, `3 h 20 min`, `2 d 4 h`. */
function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts
    .slice(first, first + 2)
    .filter(([count, unit]) => count > 0 && !(unit === 's' && seconds >= 60));
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ') || '0 s';
}
