import { reasonOf } from '../errors/index.ts';
import type { AggregatedResult } from './aggregate3.ts';
import type { Read } from './contractRead.ts';
import { revertReason } from './revertReason.ts';

/**
 * What became of a read: its value, or why there is none. One that failed never spoils the others. `reverted` is set
 * where it is the contract itself that refused, and `unusable` where it returned nothing, or something else than it
 * should (an address without code returns nothing): every node would say either.
 */
export type ReadResult<T> =
  | { ok: true; value: T }
  | { ok: false; reason: string; reverted?: true; unusable?: true };

/** What one call of an aggregate came to. */
export function aggregatedResult<T>(read: Read<T>, returned: AggregatedResult | undefined): ReadResult<T> {
  const [success, data] = returned ?? [false, '0x'];
  return success ? decoded(read, data) : revertedResult(read, data);
}

export function decoded<T>(read: Read<T>, data: string): ReadResult<T> {
  try {
    return { ok: true, value: read.decode(data) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error), unusable: true };
  }
}

/** @param data what it reverted with; undefined where the node does not tell */
export function revertedResult<T>(read: Read<T>, data: string | undefined): ReadResult<T> {
  return { ok: false, reason: revertReason(data, read.errorName), reverted: true };
}
