import type { Found } from './leaseFolder.ts';
import { recordOf } from './record.ts';
import { atLeastMs, type Moment } from './stopwatch.ts';

/** What a copy that waits has seen of the lease, and since when it has not changed. */
export interface Sighting extends Found {
  readonly since: Moment;
}

/**
 * What one look at the lease means. Whether a term is over is judged by the waiting copy's own time: its text has not
 * changed for the length of a lease, from the end of the look that first found it to the beginning of this one.
 * @param from before the look began @param to after it ended
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
