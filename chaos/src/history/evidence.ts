import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/**
 * A request that a sink received, with its outcome: accepted or not. The deliveries' file has a JSON object in each
 * line.
 */
export const delivery = z.object({
  /** The channel's name in the history, or `heartbeat`. */
  channel: z.string().min(1),
  /** The sink's `receivedAt`, in ms since 1970. */
  arrivedAtMs: z.number().positive(),
  /** Whether the service confirmed it, and so has it. */
  isAccepted: z.boolean(),
  /** The HTTP status, the SMTP code, or `hang` or `refuse`. */
  outcome: z.union([z.number().int(), z.string()]),
  /** Empty for a mail. */
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  /** The raw body; of a mail, its raw text with headers. */
  body: z.string(),
});

export type Delivery = z.infer<typeof delivery>;

/** The description of a run's evidence, `evidence.json`. Paths are absolute or relative to its folder. */
export const evidenceFile = z.object({
  history: z.string(),
  deliveries: z.string(),
  /** Files and folders in which no secret may stand: logs, outputs, state, process lists, images' texts. */
  searched: z.array(z.object({ label: z.string(), path: z.string() })),
  /** A secret's name, and its value as the bots got it. */
  secrets: z.array(z.object({ name: z.string().min(1), value: z.string().min(8) })),
});

export type EvidenceFile = z.infer<typeof evidenceFile>;

/** @throws Error that names the file and the line of the first record that is not valid */
export async function readDeliveries(path: string): Promise<Delivery[]> {
  return readJsonLines(path, delivery);
}

/** @throws Error that names the file and every field that is not valid */
export async function readEvidenceFile(path: string): Promise<EvidenceFile> {
  const parsed = evidenceFile.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (!parsed.success)
    throw new Error(`${path} is no description of evidence: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Reads a file of JSON lines; empty lines are skipped. */
export async function readJsonLines<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>[]> {
  const records: z.infer<Schema>[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    records.push(parseLine(line, schema, `${path}, line ${number}`));
  }
  return records;
}

function parseLine<Schema extends z.ZodType>(line: string, schema: Schema, where: string): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`${where}: not JSON; each line is one JSON object`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Error(`${where}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
