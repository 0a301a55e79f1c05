import type { ReadResult } from '@service-bots/core/rpc';

/** Thrown when a check needs a number that could not be read. */
export class Unread extends Error {
  /** Whether a contract is the reason: every node would answer the same. */
  readonly isContracts: boolean;

  constructor(message: string, isContracts = false) {
    super(message);
    this.isContracts = isContracts;
  }
}

/** Returns whether the contract itself gives no number, by a revert or an invalid answer. */
export function isRefused(reading: ReadResult<unknown>): reading is ReadResult<never> & { ok: false } {
  return !reading.ok && (reading.reverted === true || reading.unusable === true);
}

/** Converts the value of a successful reading. */
export function map<A, B>(reading: ReadResult<A>, to: (value: A) => B): ReadResult<B> {
  return reading.ok ? { ok: true, value: to(reading.value) } : reading;
}

/** Combines two readings into one; it has a value when both have one. */
export function both<A, B, C>(a: ReadResult<A>, b: ReadResult<B>, to: (a: A, b: B) => C): ReadResult<C> {
  if (!a.ok) return a;
  return b.ok ? { ok: true, value: to(a.value, b.value) } : b;
}

/** Combines a list of readings into one reading of a list. */
export function all<T>(readings: readonly ReadResult<T>[]): ReadResult<T[]> {
  const values: T[] = [];
  for (const reading of readings) {
    if (!reading.ok) return reading;
    values.push(reading.value);
  }
  return { ok: true, value: values };
}
