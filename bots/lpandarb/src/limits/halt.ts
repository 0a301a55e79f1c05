import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

const longest = { why: 500, by: 200, at: 40 };

const schema = z.object({
  mode: z.enum(['halt', 'unwind']),
  why: z.string().max(longest.why),
  by: z.string().max(longest.by),
  at: z.string().max(longest.at),
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
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // Where the folder itself is gone, a halt in it may be gone too.
    if (isAbsent && existsSync(stateDir)) return undefined;
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
  const { mode, why, by, at } = halt;
  // A longer text would be refused when it is read, and an unwind would then count as a halt.
  const kept = { mode, why: why.slice(0, longest.why), by: by.slice(0, longest.by), at };
  writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Halts the bot on its own account, unless a halt or an unwind is in force. An order to unwind thus outlives
 * every limit.
 * @returns the halt, if it could not be written; the caller has to keep it
 */
export function haltByItself(stateDir: string, why: string, nowMs: number): Halt | undefined {
  if (readHalt(stateDir) !== undefined) return undefined;
  const halt: Halt = { mode: 'halt', why, by: 'lpandarb', at: new Date(nowMs).toISOString() };
  return tryToHalt(stateDir, halt) ? undefined : halt;
}

/** Writes the halt. @returns whether that was possible */
export function tryToHalt(stateDir: string, halt: Halt): boolean {
  try {
    writeHalt(stateDir, halt);
    return true;
  } catch {
    return false;
  }
}

/** Removes the halt. */
export function resume(stateDir: string): void {
  rmSync(haltFile(stateDir), { force: true });
}
