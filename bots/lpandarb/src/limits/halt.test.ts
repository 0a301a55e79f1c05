import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { decideHalt } from '../cli/decideHalt.ts';
import { haltByItself, haltFile, readHalt } from './halt.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halt-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is not halted without a file', () => {
  expect(readHalt(folder)).toBeUndefined();
  expect(readHalt(join(folder, 'nowhere'))).toBeUndefined();
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
  expect(decideHalt(env, 'resume', undefined)).toContain('it was halted by');
  expect(readHalt(folder)).toBeUndefined();
  expect(decideHalt(env, 'resume', undefined)).toBe('nothing had halted the bot');
});

it('halts by itself unless a halt or an unwind is in force', () => {
  haltByItself(folder, 'a limit', 0);
  expect(readHalt(folder)).toMatchObject({ mode: 'halt', by: 'lpandarb', why: 'a limit' });
  writeFileSync(haltFile(folder), 'unwind');
  haltByItself(folder, 'another limit', 0);
  expect(readHalt(folder)?.mode).toBe('unwind');
});
