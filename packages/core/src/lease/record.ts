import { z } from 'zod';

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
