import { reasonOf } from '../errors/index.ts';
import type { AggregatedResult } from './aggregate3.ts';
import type { Read } from './contractRead.ts';
import { revertReason } from './revertReason.ts';

/**
 * The result of a read: its value, or why there is none. A failed read never affects the others. `reverted`
 * is set where the contract itself refused. `unusable` is set where it returned no data, or data that do not
 * decode (an address without code returns no data). Every node would give either answer.
 */
export type ReadResult<T> =
  | { ok: true; value: T }
  | { ok: false; reason: string; reverted?: true; unusable?: true };

/** Returns the result of one call of an aggregate. */
export function aggregatedResult<T>(read: Read<T>, returned: AggregatedResult | undefined): ReadResult<T> {
  const [success, data] = returned ?? [false, '0x'];
  return success ? decoded(read, data) : revertedResult(read, data);
}

/** Returns the result of a successful read; `unusable` when the data do not decode. */
export function decoded<T>(read: Read<T>, data: string): ReadResult<T> {
  try {
    return { ok: true, value: read.decode(data) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error), unusable: true };
  }
}

/**
 * Returns the result of a reverted read.
 * @param data the revert data; undefined where the node does not return them
 */
export function revertedResult<T>(read: Read<T>, data: string | undefined): ReadResult<T> {
  return { ok: false, reason: revertReason(data, read.errorName), reverted: true };
}
