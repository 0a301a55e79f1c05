import type { OpenAlert } from '@service-bots/core/alerts';
import type { PoolStatus } from '@service-bots/core/botStatus';
import { plainLine } from '@service-bots/core/errors';
import { linkOf } from '../overview/bots.ts';
import type { Event } from '../overview/schema.ts';
import type { Watched } from '../polling/watched.ts';

export type NewEvent = Omit<Event, 'id'>;

/** The state of one look, to be compared with the next one. */
export interface Look {
  readonly watched: readonly Watched[];
  readonly ownAlerts: readonly OpenAlert[];
  readonly nowMs: number;
}

/**
 * The most events of one bot at one look. A bot with more is faulty and would push the others from the
 * timeline.
 */
const mostOfOne = 50;

/** Returns the events between two looks: starts, silences, actions, alerts, new versions. */
export function eventsBetween(before: Look, after: Look): NewEvent[] {
  const at = new Date(after.nowMs).toISOString();
  return [
    ...after.watched.flatMap((now, i) => {
      const was = before.watched[i];
      if (!was) return [];
      const events = eventsOf(was, now, at);
      if (events.length <= mostOfOne) return events;
      const left = events.length - mostOfOne;
      const rest = {
        at,
        kind: 'alert' as const,
        bot: now.target.id,
        text: `${left} more events at this look`,
      };
      return [...events.slice(0, mostOfOne), rest];
    }),
    ...alertEvents(before.ownAlerts.map(ownFacts), after.ownAlerts.map(ownFacts), { at, bot: 'watchtower' }),
  ];
}

function eventsOf(was: Watched, now: Watched, at: string): NewEvent[] {
  const bot = now.target.id;
  if (now.silence) {
    // A single lost answer is no event.
    if (now.silence.polls !== 2) return [];
    return [{ at, kind: 'silence', bot, text: `gives no valid answer: ${now.silence.reason}` }];
  }
  const [old, fresh] = [was.answer?.status, now.answer?.status];
  if (!fresh) return [];
  const events: NewEvent[] = [];
  if ((was.silence?.polls ?? 0) >= 2) events.push({ at, kind: 'answer', bot, text: 'answers again' });
  if (!old) return events;
  if (old.startedAt !== fresh.startedAt)
    events.push({ at: fresh.startedAt, kind: 'start', bot, text: `started, version ${fresh.version}` });
  if (old.version !== fresh.version)
    events.push({ at, kind: 'version', bot, text: `version ${fresh.version} in place of ${old.version}` });
  const before = new Map(old.pools.map(pool => [pool.address, pool]));
  for (const pool of fresh.pools) {
    const { lastAction } = pool;
    if (!lastAction || isSame(lastAction, before.get(pool.address)?.lastAction)) continue;
    // A process that has just started reports only its own actions since then.
    const link = linkOf(fresh, lastAction);
    const text = `${lastAction.what} · ${pool.name}`;
    events.push({ at: lastAction.at, kind: 'action', bot, pool: pool.address, text, link });
  }
  return [...events, ...alertEvents(old.openAlerts.map(facts), fresh.openAlerts.map(facts), { at, bot })];
}

function isSame(now: PoolStatus['lastAction'], was: PoolStatus['lastAction']): boolean {
  return now?.at === was?.at && now?.hash === was?.hash && now?.what === was?.what;
}

interface AlertFacts {
  key: string;
  check: string;
  pool?: string | undefined;
  title: string;
  severity: NonNullable<Event['severity']>;
  message: string;
}

/** The two sources name the fields of an alert, and one of them its key, differently. */
const facts = ({ key, check, pool, title, severity, message }: AlertFacts): AlertFacts => ({
  key,
  check,
  pool,
  title,
  severity,
  message,
});
const ownFacts = ({
  dedupKey: key,
  check,
  pool,
  subject,
  title,
  severity,
  message,
}: OpenAlert): AlertFacts => ({
  key,
  check,
  pool,
  title: subject === undefined ? title : `${title}: ${plainLine(subject, 80)}`,
  severity,
  message,
});

function alertEvents(
  before: readonly AlertFacts[],
  after: readonly AlertFacts[],
  about: Pick<NewEvent, 'at' | 'bot'>,
): NewEvent[] {
  const was = new Map(before.map(alert => [alert.key, alert]));
  const is = new Set(after.map(({ key }) => key));
  const opened = after.filter(({ key, severity }) => was.get(key)?.severity !== severity);
  return [
    ...opened.map(
      ({ check, pool, title: text, severity }): NewEvent => ({
        ...about,
        kind: 'alert',
        check,
        pool,
        severity,
        text,
      }),
    ),
    ...before
      .filter(({ key }) => !is.has(key))
      .map(
        ({ check, pool, title }): NewEvent => ({
          ...about,
          kind: 'resolved',
          check,
          pool,
          text: `over: ${title}`,
        }),
      ),
  ];
}
