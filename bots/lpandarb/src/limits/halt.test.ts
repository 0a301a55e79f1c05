import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  ['JSON by hand, without a reason', '{"mode": "Unwind"}', 'unwind'],
  ['JSON with a reason in another form', '{"mode":"unwind","why":7,"by":null}', 'unwind'],
  ['JSON with a long reason', JSON.stringify({ mode: 'unwind', why: 'x'.repeat(9_000) }), 'unwind'],
  ['a list', '["unwind"]', 'halt'],
  ['null', 'null', 'halt'],
  ['a mark of the byte order', '\uFEFFunwind\r\n', 'unwind'],
  ['two bytes for each letter', Buffer.from('\uFEFFunwind', 'utf16le'), 'unwind'],
  ['a sentence with the word unwind', 'do not unwind yet', 'halt'],
])('%s: %s', (_, text: string | Buffer, mode) => {
  writeFileSync(haltFile(folder), text);
  expect(readHalt(folder)?.mode).toBe(mode);
});

it('gives the words of a file as the reason, as one plain line', () => {
  writeFileSync(haltFile(folder), 'unwind, now\n\u001b[2J');
  expect(readHalt(folder)?.why).toMatch(/says "unwind, now\S* \(only the word unwind alone unwinds\)$/);
  expect(readHalt(folder)?.why).not.toContain('\u001b');
});

it.each(['halt', 'Halt.txt', 'HALT.TXT'])('counts a file with the name %s, and resumes from it', name => {
  writeFileSync(join(folder, name), 'unwind');
  expect(readHalt(folder)?.mode).toBe('unwind');
  // A later order of a person replaces it.
  decideHalt({ STATE_DIR: folder }, 'halt', undefined);
  expect(readHalt(folder)?.mode).toBe('halt');
  writeFileSync(join(folder, name), '');
  decideHalt({ STATE_DIR: folder }, 'resume', undefined);
  expect(readHalt(folder)).toBeUndefined();
});

it('does not count the draft of a halt, nor other files', () => {
  for (const name of ['HALT.new', 'HALT.bak', 'halted']) writeFileSync(join(folder, name), 'unwind');
  expect(readHalt(folder)).toBeUndefined();
});

it('halts when the name is a link to nowhere', () => {
  symlinkSync(join(folder, 'nowhere'), haltFile(folder));
  expect(readHalt(folder)).toMatchObject({ mode: 'halt' });
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
