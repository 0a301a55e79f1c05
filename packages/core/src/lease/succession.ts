import type { Found } from './leaseFolder.ts';
import { recordOf } from './record.ts';
import { atLeastMs, type Moment } from './stopwatch.ts';

/** The last state of the lease that a waiting copy has seen, and since when it has not changed. */
export interface Sighting extends Found {
  readonly since: Moment;
}

/**
 * Judges one look at the lease. The waiting copy's own time decides whether a term is over. Its text must not
 * have changed for the length of a lease, from the end of the look that first found it to the beginning of
 * this one.
 * @param from the moment before the look began
 * @param to the moment after it ended
 */
export function judge(
  before: Sighting | undefined,
  { term, text }: Found,
  from: Moment,
  to: Moment,
  lengthMs: number,
): { sighting: Sighting; isOver: boolean } {
  const isSame = before?.term === term && before.text === text;
  const sighting = isSame ? before : { term, text, since: to };
  const isOver =
    term === 0 ||
    recordOf(text)?.released === true ||
    (isSame && atLeastMs(sighting.since, from) >= lengthMs);
  return { sighting, isOver };
}
