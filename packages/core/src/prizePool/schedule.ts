import {
  addressIn,
  allOf,
  assertChecksum,
  assertNew,
  eachEntry,
  parsed,
  Refusal,
  type Variable,
} from '../config/index.ts';

/** The days of the week, as schedules name them. */
export const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** The moment of the week (UTC) at which a pool's rounds are committed. */
export interface Anchor {
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
}

/** The seconds of a week. */
export const weekSeconds = 7 * 86_400;
/** 1970-01-01 was a Thursday. */
const epochWeekday = 4;

/** Returns the first anchor at or after `time`, in seconds since 1970. */
export function anchorAtOrAfter(anchor: Anchor, time: number): number {
  const inWeek =
    ((anchor.weekday - epochWeekday + 7) % 7) * 86_400 + anchor.hour * 3_600 + anchor.minute * 60;
  return Math.ceil((time - inWeek) / weekSeconds) * weekSeconds + inWeek;
}

/** Returns `Wed 13:00 UTC`. */
export function anchorText({ weekday, hour, minute }: Anchor): string {
  return `${weekdays[weekday]} ${two(hour)}:${two(minute)} UTC`;
}

/**
 * Parses an anchor.
 * @param parts the parts after the address: `['Wed', '13']` or `['Wed', '13', '30']`
 * @throws Refusal
 */
export function parseAnchor(parts: readonly string[]): Anchor {
  const [day = '', hour = '', minute = '0', ...rest] = parts;
  if (parts.length < 2 || rest.length > 0)
    throw new Refusal('is not address:weekday:hour or address:weekday:hour:minute');
  const weekday = weekdays.findIndex(name => name.toLowerCase() === day.toLowerCase());
  allOf(
    () => assertWeekday(weekday),
    () => assertUpTo(23, hour, 'hour'),
    () => assertUpTo(59, minute, 'minute'),
  );
  return { weekday, hour: Number(hour), minute: Number(minute) };
}

function assertWeekday(weekday: number): void {
  if (weekday < 0) throw new Refusal(`has no weekday of ${weekdays.join(', ')} after the address`);
}

function assertUpTo(most: number, text: string, what: string): void {
  if (!/^\d{1,2}$/.test(text) || Number(text) > most)
    throw new Refusal(`has no ${what} from 0 to ${most} (UTC) where one belongs`);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** The anchor of each pool; undefined for a pool whose entry is refused. */
export type Schedule = ReadonlyMap<string, Anchor | undefined>;

/**
 * Parses `address:Wed:13` or `address:Wed:13:30`, separated by commas, into the anchor of each address, with
 * its checksum.
 */
export function scheduleList(): Variable<Schedule> {
  return parsed(text => {
    const anchors = new Map<string, Anchor | undefined>();
    const take = (entry: string) => {
      const [address = '', ...rest] = entry.split(':').map(part => part.trim());
      const pool = addressIn(address);
      const isRepeated = anchors.has(pool);
      if (!isRepeated) anchors.set(pool, undefined);
      allOf(
        () => assertChecksum(address),
        () => assertNew(pool, isRepeated),
        () => void anchors.set(pool, parseAnchor(rest)),
      );
    };
    eachEntry(text, take, anchors);
    return anchors;
  });
}
