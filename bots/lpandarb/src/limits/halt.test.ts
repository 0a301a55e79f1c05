import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { decideHalt } from '../cli/decideHalt.ts';
import { type Halt, haltByItself, haltFile, readHalt, tryToHalt } from './halt.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halt-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is not halted without a file', () => {
  expect(readHalt(folder)).toBeUndefined();
});

it('is halted while the folder is gone, since a halt in it may be gone too', () => {
  const gone = join(folder, 'nowhere');
  expect(readHalt(gone)).toMatchObject({ mode: 'halt', by: 'unknown' });
  // The halt is in force, so the bot adds none of its own, and does not create the folder.
  expect(haltByItself(gone, 'a limit', 0)).toBeUndefined();
  expect(readHalt(gone)).toMatchObject({ by: 'unknown' });
});

it('keeps an order to unwind whose reason is longer than the file may hold', () => {
  decideHalt({ STATE_DIR: folder }, 'unwind', 'we leave '.repeat(100));
  expect(readHalt(folder)).toMatchObject({ mode: 'unwind', why: expect.stringMatching(/^we leave /) });
});

it('returns its own halt when it cannot write the file', () => {
  // The draft of the file cannot be written, as on a full disk.
  mkdirSync(`${haltFile(folder)}.new`);
  const unwritten = haltByItself(folder, 'a limit', 0);
  expect(unwritten).toMatchObject({ mode: 'halt', by: 'lpandarb', why: 'a limit' });
  expect(tryToHalt(folder, unwritten as Halt)).toBe(false);
  rmSync(`${haltFile(folder)}.new`, { recursive: true });
  expect(tryToHalt(folder, unwritten as Halt)).toBe(true);
  expect(readHalt(folder)).toEqual(unwritten);
});

it.each([
  ['an empty file', '', 'halt'],
  ['the word unwind', 'UNWIND\n', 'unwind'],
  ['JSON of another form', '{"mode":"resume"}', 'halt'],
  ['half a file', '{"mode":"unw', 'halt'],
])('%s: %s', (_, text, mode) => {
  writeFileSync(haltFile(folder), text);
  expect(readHalt(folder)?.mode).toBe(mode);
});

it('halts when the file cannot be read', () => {
  mkdirSync(haltFile(folder));
  expect(readHalt(folder)).toMatchObject({ mode: 'halt', by: 'unknown' });
});

it('is halted, unwound and resumed by command', () => {
  const env = { STATE_DIR: folder };
  decideHalt(env, 'halt', 'the vault is upgraded');
  expect(readHalt(folder)).toMatchObject({ mode: 'halt', why: 'the vault is upgraded' });
  decideHalt(env, 'unwind', undefined);
  expect(readHalt(folder)?.mode).toBe('unwind');
  expect(decideHalt(env, 'resume', undefined).text).toContain('it was halted by');
  expect(readHalt(folder)).toBeUndefined();
  expect(decideHalt(env, 'resume', undefined).text).toBe('nothing had halted the bot');
});

it('warns that a halt in a folder without a ledger stops no bot', () => {
  const { warning } = decideHalt({ STATE_DIR: folder }, 'halt', undefined);
  expect(warning).toContain(`no lpandarb bot has run with STATE_DIR ${folder}`);
  writeFileSync(join(folder, 'lpandarb-1.sqlite'), '');
  expect(decideHalt({ STATE_DIR: folder }, 'halt', undefined).warning).toBeUndefined();
});

it('halts by itself unless a halt or an unwind is in force', () => {
  haltByItself(folder, 'a limit', 0);
  expect(readHalt(folder)).toMatchObject({ mode: 'halt', by: 'lpandarb', why: 'a limit' });
  writeFileSync(haltFile(folder), 'unwind');
  haltByItself(folder, 'another limit', 0);
  expect(readHalt(folder)?.mode).toBe('unwind');
});
