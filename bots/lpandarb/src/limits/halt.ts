import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainLine, reasonOf } from '@service-bots/core/errors';
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

/** A field that a person left out, or wrote in another form, must not turn an unwind into a halt. */
const text = (most: number, otherwise: string) =>
  z
    .string()
    .transform(given => plainLine(given, most))
    .catch(otherwise);

const schema = z.object({
  mode: z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['halt', 'unwind'])),
  why: text(longest.why, 'the file gives no reason'),
  by: text(longest.by, 'a file'),
  at: text(longest.at, ''),
});

/**
 * Returns the path of the file that halts the bot. Any content halts the bot. An empty file does too, so
 * `touch` is enough in an emergency.
 */
export function haltFile(stateDir: string): string {
  return join(stateDir, 'HALT');
}

/** The names that count. A person in a hurry may write `halt`, and an editor may add `.txt`. */
const countingName = /^halt(\.txt)?$/i;

function haltFilesIn(stateDir: string): string[] {
  return readdirSync(stateDir)
    .filter(name => countingName.test(name))
    .sort()
    .map(name => join(stateDir, name));
}

/**
 * Returns the halt that is in force, or undefined when there is none. A file that cannot be read or parsed
 * halts the bot, since its author wanted an effect. A file that holds only the word unwind unwinds all
 * positions. Of several files, an order to unwind counts first.
 */
export function readHalt(stateDir: string): Halt | undefined {
  let paths: string[];
  try {
    paths = haltFilesIn(stateDir);
  } catch (error) {
    // Where the folder itself is gone, a halt in it may be gone too.
    return unreadable(haltFile(stateDir), error);
  }
  const halts = paths.map(haltIn);
  return halts.find(({ mode }) => mode === 'unwind') ?? halts[0];
}

function unreadable(path: string, error: unknown): Halt {
  return { mode: 'halt', why: `${path} cannot be read: ${reasonOf(error)}`, by: 'unknown', at: '' };
}

function haltIn(path: string): Halt {
  let written: string;
  try {
    // An editor may write marks of the byte order, or two bytes for each letter.
    written = readFileSync(path, 'utf8')
      .replace(/[\0\uFEFF\uFFFD]/g, '')
      .trim();
  } catch (error) {
    return unreadable(path, error);
  }
  const plain = { by: 'a file', at: '' };
  if (written.toLowerCase() === 'unwind') return { mode: 'unwind', why: 'the file says so', ...plain };
  try {
    return schema.parse(JSON.parse(written));
  } catch {
    if (written === '') return { mode: 'halt', why: `${path} is there`, ...plain };
    const hint = /unwind/i.test(written) ? ' (only the word unwind alone unwinds)' : '';
    return { mode: 'halt', why: `${path} says ${JSON.stringify(plainLine(written, 200))}${hint}`, ...plain };
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
  // An older order under another name would count beside the new one.
  for (const other of haltFilesIn(stateDir)) if (other !== path) rmSync(other, { force: true });
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

/** Removes the halt. @throws Error when a file cannot be removed */
export function resume(stateDir: string): void {
  for (const path of haltFilesIn(stateDir)) rmSync(path, { force: true });
}
