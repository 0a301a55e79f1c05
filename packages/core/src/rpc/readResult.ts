import { reasonOf } from '../errors/index.ts';
import type { AggregatedResult } from './aggregate3.ts';
import type { Read } from './contractRead.ts';

/**
 * What became of a read: its value, or why there is none. One that failed never spoils the others. `reverted` is set
 * where it is the contract itself that refused, which every node would say.
 */
export type ReadResult<T> = { ok: true; value: T } | { ok: false; reason: string; reverted?: true };

/** What one call of an aggregate came to. */
export function aggregatedResult<T>(read: Read<T>, returned: AggregatedResult | undefined): ReadResult<T> {
  const [success, data] = returned ?? [false, '0x'];
  if (success) return decoded(read, data);
  return { ok: false, reason: `the call reverted (${data.slice(0, 10)})`, reverted: true };
}

export function decoded<T>(read: Read<T>, data: string): ReadResult<T> {
  try {
    return { ok: true, value: read.decode(data) };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}
