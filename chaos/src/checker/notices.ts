import type { ChannelKind, Delivery, Severity } from '../history/index.ts';
import { severities } from '../history/index.ts';
import { checkTitles, knownChecks } from './checks.ts';

/** The event of an alert that a notice reports. */
export type Occasion = 'raised' | 'reminded' | 'changed' | 'acknowledged' | 'resolved' | 'news';

/** A notice about an alert, as a channel's service accepted it. */
export interface Notice {
  readonly channel: string;
  readonly kind: ChannelKind;
  /** The campaign's time. */
  readonly arrivedMs: number;
  /** When the bot made it, by the bot's own clock; only some channels carry it. */
  readonly madeMs: number | undefined;
  /** Empty in a message for many notices, which does not name its bot. */
  readonly bot: string;
  readonly check: string;
  /** The address, where the alert is about one pool. */
  readonly pool: string | undefined;
  readonly severity: Severity;
  readonly occasion: Occasion;
  /** The alert, as far as the channel names it: two notices about one condition have the same. */
  readonly key: string;
  /** The same for a notice that was delivered twice, and different for every other notice of the channel. */
  readonly identity: string;
  readonly text: string;
}

/** A delivery that is no notice in the channel's form. */
export interface Unreadable {
  readonly channel: string;
  readonly arrivedMs: number;
  readonly body: string;
}

type Json = { readonly [name: string]: unknown };
type Read = Omit<Notice, 'channel' | 'kind' | 'arrivedMs'>;

const address = /0x[0-9a-fA-F]{40}/;

/** Reads the accepted deliveries of one channel. */
export function readNotices(
  deliveries: readonly Delivery[],
  kind: ChannelKind,
  msOfWall: (wallMs: number) => number,
): { readonly notices: Notice[]; readonly unreadable: Unreadable[] } {
  const notices: Notice[] = [];
  const unreadable: Unreadable[] = [];
  for (const { channel, arrivedAtMs, body, isAccepted } of deliveries) {
    if (!isAccepted) continue;
    const arrivedMs = msOfWall(arrivedAtMs);
    const read = readers[kind](body);
    if (read.length === 0) unreadable.push({ channel, arrivedMs, body });
    notices.push(...read.map(notice => ({ ...notice, channel, kind, arrivedMs })));
  }
  return { notices, unreadable };
}

const readers: Readonly<Record<ChannelKind, (body: string) => Read[]>> = {
  webhook: body => alertOf(parsed(body), 'alert', 'id'),
  rollbar(body) {
    const data = object(object(parsed(body))?.data);
    const custom = object(data?.custom);
    const alert = object(custom?.alert);
    return alertOf(
      { alert, occasion: alert?.occasion, at: Number(data?.timestamp) * 1_000, id: data?.uuid },
      'alert',
      'id',
    );
  },
  pagerduty: body => incidentOf(object(parsed(body))),
  telegram: body => textOf(decoded(String(object(parsed(body))?.text ?? '').replace(/<\/?[a-z][^>]*>/g, ''))),
  slack(body) {
    const blocks = object(parsed(body))?.blocks;
    const texts = Array.isArray(blocks) ? blocks.map(block => object(object(block)?.text)?.text ?? '') : [];
    return textOf(
      decoded(texts.join('\n'))
        .replace(/^\*(.*)\*$/m, '$1')
        .replaceAll('```', '\n'),
    );
  },
  discord(body) {
    const embeds = object(parsed(body))?.embeds;
    const texts = Array.isArray(embeds) ? embeds.map(embed => object(embed)?.description ?? '') : [];
    return textOf(
      texts
        .join('\n')
        .replace(/^\*\*(.*)\*\*$/m, '$1')
        .replaceAll('```', '\n')
        .replace(/\\([^\w\s])/g, '$1')
        .replaceAll('\\_', '_'),
    );
  },
  email: body => textOf(mailText(body)),
};

/** The occasions as the JSON channels name them (docs/alerting.md). */
const occasions: Readonly<Record<string, Occasion>> = {
  opened: 'raised',
  escalated: 'raised',
  flapping: 'raised',
  joined: 'raised',
  lasting: 'reminded',
  changed: 'changed',
  acknowledged: 'acknowledged',
  muted: 'acknowledged',
  resolved: 'resolved',
};

function alertOf(document: unknown, field: string, idField: string): Read[] {
  const whole = object(document);
  const alert = object(whole?.[field]);
  // News has no alert: it is about an action.
  if (whole && !alert)
    return [newsOf(String(whole.bot ?? object(whole.news)?.bot ?? ''), JSON.stringify(whole))];
  if (!whole || typeof alert?.check !== 'string' || typeof alert.bot !== 'string') return [];
  const key = String(alert.dedupKey ?? '');
  const occasion = occasions[String(whole.occasion)] ?? (whole.occasion === 'news' ? 'news' : undefined);
  if (occasion === undefined) return [];
  return [
    {
      madeMs: Number(whole.at ?? alert.since),
      bot: alert.bot,
      check: alert.check,
      pool: address.exec(String(alert.pool ?? key.split(':')[3] ?? ''))?.[0],
      severity: severityOf(alert.severity),
      occasion,
      key,
      identity: String(whole[idField]),
      text: JSON.stringify(whole),
    },
  ];
}

/** A resolved or acknowledged incident has its key only: `bot:check:chain:pool:subject`, with `#1` … when it pages anew. */
function incidentOf(event: Json | undefined): Read[] {
  const action = event?.event_action;
  const dedup = String(event?.dedup_key ?? '');
  const parts = dedup.split(':');
  // The name of the deployment comes first, where there is one; the check is the first part that is known as one.
  const known = parts.findIndex((part, index) => index > 0 && knownChecks.has(part));
  const [bot, check, , pool] = parts.slice(known < 0 ? 0 : known - 1);
  if (!event || !bot || !check) return [];
  const payload = object(event.payload);
  const occasion = action === 'trigger' ? 'raised' : action === 'resolve' ? 'resolved' : 'acknowledged';
  const made = Date.parse(String(payload?.timestamp));
  return [
    {
      madeMs: Number.isNaN(made) ? undefined : made,
      bot,
      check,
      pool: address.exec(pool ?? '')?.[0],
      severity: severityOf(payload?.severity ?? 'critical'),
      occasion,
      key: dedup.replace(/#\d+$/, ''),
      identity: `${action} ${dedup} ${payload?.timestamp ?? ''} ${payload?.severity ?? ''} ${payload?.summary ?? ''}`,
      text: JSON.stringify(event),
    },
  ];
}

const icons = /^(?:🔴|🟠|🟡|🔵|✅|⚪|ℹ️|🔔|🔕|\p{Extended_Pictographic}\uFE0F?)\s*/u;

/**
 * Reads a message about many notices: a line for each notice, or for each check with the number of them. The lines
 * have the alert's title, and name neither the bot nor the check.
 */
function digestOf(lines: readonly string[], text: string): Read[] {
  return lines.slice(1).flatMap(line => {
    const [, word = '', rest = ''] = /^([^:]+): (.*)$/.exec(line.replace(icons, '')) ?? [];
    const found = checkTitles.find(([, title]) => rest.startsWith(title));
    if (!found) return [];
    const occasion = occasionOf(word);
    return [
      {
        madeMs: undefined,
        bot: '',
        check: found[0],
        pool: undefined,
        severity: severities.findLast(each => word.includes(each)) ?? 'info',
        occasion,
        key: `digest ${found[0]}`,
        identity: `${text}\n${line}`,
        text: line,
      },
    ];
  });
}

/** Reads a message for people: its first line has the severity or the occasion, and then `bot:`, `check:`, `pool:`. */
function textOf(text: string): Read[] {
  const lines = text.split('\n').map(line => line.trim());
  const first = (lines.find(line => line !== '') ?? '').replace(icons, '');
  const field = (name: string) => lines.find(line => line.startsWith(`${name}: `))?.slice(name.length + 2);
  if (/: \d+ notices at once$/.test(first))
    return digestOf(
      lines.filter(line => line !== ''),
      text,
    );
  // With the deployment's name behind it, where there is one: `keeper (monad)`.
  const bot = field('bot')?.replace(/ \(.*\)$/, '');
  const check = field('check');
  if (bot === undefined) return [];
  if (check === undefined) return [newsOf(bot, text)];
  const pool = address.exec(field('pool') ?? '')?.[0];
  const word = first.split(':')[0] ?? '';
  const about = field('about') ?? field('subject') ?? '';
  return [
    {
      madeMs: undefined,
      bot,
      check,
      pool,
      severity: severities.findLast(each => word.includes(each)) ?? 'info',
      occasion: occasionOf(word),
      key: [bot, check, field('chain') ?? '-', pool ?? '-', about].join(':'),
      identity: text,
      text,
    },
  ];
}

function occasionOf(word: string): Occasion {
  if (/resolved|over|ended/.test(word)) return 'resolved';
  if (/acknowledged|muted/.test(word)) return 'acknowledged';
  if (/still|lasting|reminder/.test(word)) return 'reminded';
  if (/changed/.test(word)) return 'changed';
  return 'raised';
}

function newsOf(bot: string, text: string): Read {
  const none = { madeMs: undefined, check: '', pool: undefined, key: '', severity: 'info' as const };
  return { ...none, bot, occasion: 'news', identity: text, text };
}

function severityOf(value: unknown): Severity {
  return severities.find(severity => severity === value) ?? 'info';
}

/** Decodes a mail's quoted-printable text. */
function mailText(raw: string): string {
  const at = raw.search(/\r?\n\r?\n/);
  const head = raw.slice(0, at);
  const body = raw.slice(at);
  if (!/quoted-printable/i.test(head)) return body;
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function decoded(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
