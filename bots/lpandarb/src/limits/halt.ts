import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '@service-bots/core/errors';
import { z } from 'zod';

/** A halt: a person or a limit has stopped new trades, or a person wants everything closed. */
export interface Halt {
  mode: 'halt' | 'unwind';
  why: string;
  /** The author of the halt: a person's name, or the bot itself. */
  by: string;
  /** The time of the halt, ISO 8601, UTC. */
  at: string;
}

const schema = z.object({
  mode: z.enum(['halt', 'unwind']),
  why: z.string().max(500),
  by: z.string().max(200),
  at: z.string().max(40),
});

/**
 * Returns the path of the file that halts the bot. Any content halts the bot. An empty file does too, so
 * `touch` is enough in an emergency.
 */
export function haltFile(stateDir: string): string {
  return join(stateDir, 'HALT');
}

/**
 * Returns the halt that is in force, or undefined when there is none. A file that cannot be read or parsed
 * halts the bot, since its author wanted an effect. A file that holds only the word unwind unwinds all
 * positions.
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

/**
 * Writes the halt atomically: a crash leaves either the old file or the new one.
 * @throws Error when the folder cannot be written
 */
export function writeHalt(stateDir: string, halt: Halt): void {
  mkdirSync(stateDir, { recursive: true });
  const path = haltFile(stateDir);
  writeFileSync(`${path}.new`, JSON.stringify(halt), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Halts the bot on its own account, unless a halt or an unwind is in force. An order to unwind thus outlives
 * every limit.
 */
export function haltByItself(stateDir: string, why: string, nowMs: number): void {
  if (readHalt(stateDir) !== undefined) return;
  writeHalt(stateDir, { mode: 'halt', why, by: 'lpandarb', at: new Date(nowMs).toISOString() });
}

/** Removes the halt. */
export function resume(stateDir: string): void {
  rmSync(haltFile(stateDir), { force: true });
}
