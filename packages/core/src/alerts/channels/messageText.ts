import { type Plain, redactAll } from '../../logger/index.ts';
import {
  type Acknowledgement,
  type Alert,
  deploymentOf,
  type Notice,
  type Severity,
} from '../model/alert.ts';
import type { ChannelOptions } from './channelKind.ts';

/** The way a service writes a message, and its limits. */
export interface Style {
  /** The most visible characters, in UTF-16 units. */
  most: number;
  /** The most characters after escaping; escaping makes five of one character at most. */
  mostWritten: number;
  /** Returns a text in which no character has a meaning of its own. */
  escaped(text: string): string;
  link(url: string): string;
  /** Returns an escaped text in bold. */
  bold(text: string): string;
  code(text: string): string;
}

/** Returns the style of plain text of at most `most` characters. */
export function plainStyle(most: number): Style {
  const asIs = (text: string) => text;
  return { most, mostWritten: most, escaped: asIs, link: asIs, bold: asIs, code: asIs };
}

/** Returns the text with the characters escaped that begin a tag or a character reference in HTML. */
export function htmlEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A part of a message; every part begins a line. */
interface Part {
  text: string;
  as?: 'bold' | 'code' | 'link';
}

/** Shares of the whole; details get the remainder. */
const shares = { headline: 0.08, message: 0.5, facts: 0.22, runbook: 0.1 };

/**
 * Returns one message for these notices. Texts are redacted first, since a secret that is cut or escaped
 * would not be recognised any more. They are cut before they are escaped: half a character reference, tag or
 * escape would be refused, or would change the text after it.
 */
export function messageText(notices: readonly Notice[], style: Style, context: Context): string {
  for (let budget = style.most; ; budget *= 0.75) {
    const lines = partsOf(notices, Math.floor(budget), context).map(({ text, as }) => {
      if (as === 'link') return style.link(text);
      return as ? style[as](style.escaped(text)) : style.escaped(text);
    });
    const written = lines.join('\n');
    if (written.length <= style.mostWritten || budget < 1) return written;
  }
}

function partsOf(notices: readonly Notice[], budget: number, context: Context): Part[] {
  const [notice, ...more] = notices;
  if (notice && more.length === 0) return partsOfOne(notice, budget, context);
  const { headline: whole, lines } = digestOf(notices, context);
  const headline = cut(whole, Math.floor(budget / 4));
  const share = Math.floor((budget - headline.length) / lines.length) - 1;
  return [{ text: headline, as: 'bold' }, ...lines.map(line => ({ text: cut(line, share) }))];
}

function partsOfOne(notice: Notice, budget: number, context: Context): Part[] {
  const share = (part: keyof typeof shares) => Math.floor(budget * shares[part]);
  const { headline, message, facts, runbook, details } = wordingOf(notice, context);
  const parts: Part[] = [
    { text: cut(headline, share('headline')), as: 'bold' },
    { text: cut(message, share('message')) },
    { text: cut(facts.map(([name, value]) => `${name}: ${value}`).join('\n'), share('facts')) },
    ...(runbook === undefined ? [] : [{ text: cut(runbook, share('runbook')), as: 'link' as const }]),
  ];
  const left = budget - parts.reduce((sum, { text }) => sum + text.length + 1, 0);
  const rest = cut(details.join('\n'), left);
  return rest === '' ? parts : [...parts, { text: rest, as: 'code' }];
}

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

const headlines: Record<Notice['occasion'], (alert: Alert, decision?: Acknowledgement) => string> = {
  opened: ({ severity, title }) => `${marks[severity]} ${severity}: ${title}`,
  lasting: ({ severity, title }) => `${marks[severity]} still ${severity}: ${title}`,
  escalated: ({ severity, title }) => `${marks[severity]} now ${severity}: ${title}`,
  joined: ({ severity, title }) => `${marks[severity]} ${severity}, more pools: ${title}`,
  changed: ({ severity, title }) => `${marks[severity]} ${severity}, other pools: ${title}`,
  flapping: ({ severity, title }) => `${marks[severity]} ${severity}, on and off: ${title}`,
  acknowledged: ({ title }, decision) =>
    `👤 ${decision?.kind === 'mute' ? 'muted' : 'acknowledged'} by ${decision?.by}: ${title}`,
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
  { redact, environment }: Context,
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
  // Several bots may share a chat.
  const senders = [...new Set(notices.map(notice => senderOf(notice, environment)))];
  return { headline: redact(`${senders.join(', ')}: ${notices.length} notices at once`), lines };
}

const mostNames = 4;

/** Returns `0x1234…cdef` for an address. */
function shortened(name: string | undefined): string | undefined {
  return name?.replace(/^(0x[0-9a-f]{4})[0-9a-f]{32}([0-9a-f]{4})$/i, '$1…$2');
}

/** Returns the bot, and its deployment where that has a name. */
function senderOf(notice: Notice, today: string | undefined): string {
  const environment = deploymentOf(notice, today);
  return environment === undefined ? notice.alert.bot : `${notice.alert.bot} (${environment})`;
}

function factsOf(notice: Notice, today: string | undefined): [string, string][] {
  const { occasion, at, alert, decision, ending } = notice;
  const { check, chain, pool, subject, owner, since, count } = alert;
  const facts: [string, string | undefined][] = [
    ['bot', senderOf(notice, today)],
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
        decision?.kind === 'mute' ? 'muted' : 'acknowledged',
        decision && `by ${decision.by}${untilOf(decision)}: ${decision.why}`,
      ],
    );
  }
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function untilOf({ until }: Acknowledgement): string {
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

const ellipsis = '…';

/**
 * Returns at most `most` UTF-16 units of a text, which is how the services count, with a mark where it was
 * cut. The result never holds half a surrogate pair, which some services refuse.
 */
export function cut(text: string, most: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= most) return whole;
  const kept = whole.slice(0, Math.max(0, most - ellipsis.length));
  return most <= 0 ? '' : `${kept.replace(/[\uD800-\uDBFF]$/, '')}${ellipsis}`;
}
