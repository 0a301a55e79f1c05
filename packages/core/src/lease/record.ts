import { z } from 'zod';

/** What others need to find out whether the process of a copy still lives, where that can be known. */
const markSchema = z.object({
  /** The kernel's run, different after each start of a machine. */
  boot: z.string(),
  /** The file system as that kernel numbers it. */
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
  /** Since when it has the lease, ISO 8601 by its own clock. For people only: two hosts' clocks are never compared. */
  since: z.string(),
  /** Goes up with every renewal, so that the text changes. */
  beat: z.number(),
  /** Given back in good order. */
  released: z.boolean(),
  mark: markSchema.optional(),
});
/** What a copy of a bot writes into the file of the term that it holds. */
export type LeaseRecord = z.infer<typeof recordSchema>;

/** One line, so that a shorter text may be written over a longer one. */
export function textOf(record: LeaseRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** @returns undefined for a text that is not whole: its writer has just begun, or never ended */
export function recordOf(text: string): LeaseRecord | undefined {
  const [line, ...rest] = text.split('\n');
  if (rest.length === 0) return undefined;
  try {
    return recordSchema.parse(JSON.parse(line ?? ''));
  } catch {
    return undefined;
  }
}
