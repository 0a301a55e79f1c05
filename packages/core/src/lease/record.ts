import { z } from 'zod';
import type { Found } from './leaseFolder.ts';
import { atLeastMs, type Moment } from './stopwatch.ts';

/**
 * The facts that other copies need to determine whether the process of a copy still lives, where that is
 * possible.
 */
const markSchema = z.object({
  /** The boot id of the kernel, different after each start of a machine. */
  boot: z.string(),
  /** The device number of the file system on that kernel. */
  device: z.string(),
  /** A socket in the folder of the lease, on which the process listens. */
  socket: z.string(),
});
export type Mark = z.infer<typeof markSchema>;

const recordSchema = z.object({
  /** Random, of one process alone. */
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  /**
   * Since when it has the lease, ISO 8601 by its own clock. For people only: two hosts' clocks are never
   * compared.
   */
  since: z.string(),
  /** Increases with every renewal, so that the text changes. */
  beat: z.number(),
  /** Whether the lease was released in good order. */
  released: z.boolean(),
  mark: markSchema.optional(),
});
/** The record that a copy of a bot writes into the file of the term that it holds. */
export type LeaseRecord = z.infer<typeof recordSchema>;

/** Returns a record as a single line, so that a shorter text may be written over a longer one. */
export function textOf(record: LeaseRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Parses the text of a term.
 * @returns undefined for a text that is not complete: its writer has just begun, or never ended
 */
export function recordOf(text: string): LeaseRecord | undefined {
  const [line, ...rest] = text.split('\n');
  if (rest.length === 0) return undefined;
  try {
    return recordSchema.parse(JSON.parse(line ?? ''));
  } catch {
    return undefined;
  }
}

/** The last state of the lease that a waiting copy has seen, and since when it has not changed. */
export interface Sighting extends Found {
  readonly since: Moment;
}

interface LookTimes {
  /** The moment before the look began. */
  from: Moment;
  /** The moment after it ended. */
  to: Moment;
  /** The length of a lease, in ms. */
  lengthMs: number;
}

/**
 * Judges one look at the lease. The waiting copy's own time decides whether a term is over. Its text must not
 * have changed for the length of a lease, from the end of the look that first found it to the beginning of
 * this one.
 */
export function judgeSighting(
  before: Sighting | undefined,
  { term, text }: Found,
  { from, to, lengthMs }: LookTimes,
): { sighting: Sighting; isOver: boolean } {
  const isSame = before?.term === term && before.text === text;
  const sighting = isSame ? before : { term, text, since: to };
  const isOver =
    term === 0 ||
    recordOf(text)?.released === true ||
    (isSame && atLeastMs(sighting.since, from) >= lengthMs);
  return { sighting, isOver };
}
