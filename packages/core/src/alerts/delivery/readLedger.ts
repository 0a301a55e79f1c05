import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Notice, Occasion, Severity } from '../model/alert.ts';
import type { Condition } from '../model/condition.ts';
import { type Line, lineSchema } from '../model/schemas.ts';
import type { Place } from './LineFile.ts';

/** A notice that some channel has not delivered yet. */
export interface QueuedNotice {
  readonly id: string;
  readonly key: string;
  readonly severity: Severity;
  readonly occasion: Occasion;
  /** The channels that still have to deliver it. */
  to: readonly string[];
  /** The place of its line in the file. */
  place: Place;
}

export interface LedgerContents {
  conditions: Map<string, Condition>;
  waiting: Map<string, QueuedNotice>;
  /** The notices that wait, by id. */
  notices: Map<string, Notice>;
  /** When each channel last delivered a notice, in ms since 1970. */
  deliveredAt: Map<string, number>;
  /** Length of the complete lines; any content after them was being written when the process died. */
  bytes: number;
  /** The number of invalid lines. The valid lines are used all the same. */
  badLines: number;
}

/**
 * Reads a ledger's file; the contents are empty when there is none.
 * @throws when the file exists and cannot be opened
 */
export function readLedger(path: string): LedgerContents {
  const contents: LedgerContents = {
    conditions: new Map(),
    waiting: new Map(),
    notices: new Map(),
    deliveredAt: new Map(),
    bytes: 0,
    badLines: 0,
  };
  const file = contentOf(path);
  for (let offset = 0; ; ) {
    const end = file.indexOf('\n', offset);
    if (end < 0) return contents;
    const bytes = end + 1 - offset;
    const line = parsed(file.toString('utf8', offset, end));
    if (line) apply(contents, line, { offset, bytes });
    else contents.badLines += 1;
    offset += bytes;
    contents.bytes = offset;
  }
}

function apply(contents: LedgerContents, line: Line, place: Place): void {
  const { conditions, waiting, notices, deliveredAt } = contents;
  if ('channel' in line) {
    deliveredAt.set(line.channel, line.deliveredAt);
    return;
  }
  if ('done' in line) {
    if (line.deliveredAt !== undefined) deliveredAt.set(line.by, line.deliveredAt);
    const one = waiting.get(line.done);
    if (!one) return;
    one.to = one.to.filter(name => name !== line.by);
    if (one.to.length > 0) return;
    waiting.delete(line.done);
    notices.delete(line.done);
    return;
  }
  const { notice, to = [] } = line;
  if ('key' in line) {
    if (line.condition) conditions.set(line.key, line.condition);
    else conditions.delete(line.key);
  }
  if (!notice || to.length === 0) return;
  const { id, occasion, alert } = notice;
  waiting.set(id, { id, key: alert.dedupKey, severity: alert.severity, occasion, to, place });
  notices.set(id, notice);
}

function contentOf(path: string): Buffer {
  let file: number;
  try {
    // Without O_NONBLOCK a pipe in the place of the file would wait for a writer for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const found = fstatSync(file);
    if (found.isFile() || found.isDirectory()) return readFileSync(file);
    throw Object.assign(new Error(`${path} is no file`), { code: 'it is no file' });
  } finally {
    closeSync(file);
  }
}

function parsed(text: string): Line | undefined {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
