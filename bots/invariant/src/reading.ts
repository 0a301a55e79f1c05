import type { ReadResult } from '@service-bots/core/rpc';

/** A check needs a number that could not be read. */
export class Unread extends Error {}

/** @throws Unread */
export function known<T>(reading: ReadResult<T>): T {
  if (reading.ok) return reading.value;
  throw new Unread(reading.reason);
}

/** What was read, turned into something else. */
export function map<A, B>(reading: ReadResult<A>, to: (value: A) => B): ReadResult<B> {
  return reading.ok ? { ok: true, value: to(reading.value) } : reading;
}

/** Two readings turned into one; it is there when both are. */
export function both<A, B, C>(a: ReadResult<A>, b: ReadResult<B>, to: (a: A, b: B) => C): ReadResult<C> {
  if (!a.ok) return a;
  return b.ok ? { ok: true, value: to(a.value, b.value) } : b;
}

/** A list of readings as one reading of a list. */
export function all<T>(readings: readonly ReadResult<T>[]): ReadResult<T[]> {
  return readings.reduce<ReadResult<T[]>>(
    (sum, each) => both(sum, each, (values, value) => [...values, value]),
    { ok: true, value: [] },
  );
}
