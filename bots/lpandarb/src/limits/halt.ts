import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '@service-bots/core/errors';
import { z } from 'zod';

/** A person, or a limit, has stopped new trades, or wants everything closed. */
export interface Halt {
  mode: 'halt' | 'unwind';
  why: string;
  /** Who did it: a person's name, or the bot itself. */
  by: string;
  /** ISO 8601, UTC. */
  at: string;
}

const schema = z.object({
  mode: z.enum(['halt', 'unwind']),
  why: z.string().max(500),
  by: z.string().max(200),
  at: z.string().max(40),
});

/** The file that halts the bot. Any content halts it; an empty file does too: `touch` is enough in an emergency. */
export function haltFile(stateDir: string): string {
  return join(stateDir, 'HALT');
}

/**
 * Returns what halts the bot; undefined: nothing. A file that cannot be read or understood halts, since it was meant to
 * do something. A file that holds the word unwind alone unwinds.
 */
export function readHalt(stateDir: string): Halt | undefined {
  const path = haltFile(stateDir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return { mode: 'halt', why: `${path} cannot be read: ${reasonOf(error)}`, by: 'unknown', at: '' };
  }
  if (text.trim().toLowerCase() === 'unwind')
    return { mode: 'unwind', why: 'the file says so', by: 'a file', at: '' };
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return { mode: 'halt', why: `${path} is there`, by: 'a file', at: '' };
  }
}

/** Writes it so that a crash leaves the old or the new. @throws Error when the folder cannot be written */
export function writeHalt(stateDir: string, halt: Halt): void {
  mkdirSync(stateDir, { recursive: true });
  const path = haltFile(stateDir);
  writeFileSync(`${path}.new`, JSON.stringify(halt), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Halts the bot by itself, unless somebody has halted it or is unwinding it: an order to unwind outlives every limit. */
export function haltByItself(stateDir: string, why: string, nowMs: number): void {
  if (readHalt(stateDir) !== undefined) return;
  writeHalt(stateDir, { mode: 'halt', why, by: 'lpandarb', at: new Date(nowMs).toISOString() });
}

/** Removes it. */
export function resume(stateDir: string): void {
  rmSync(haltFile(stateDir), { force: true });
}
