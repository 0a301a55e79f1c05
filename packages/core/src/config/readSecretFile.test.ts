import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSecretFile } from './readSecretFile.ts';

let folder: string;
let shared: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-file-'));
  shared = join(folder, 'run-secrets');
  mkdirSync(shared);
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string, mode = 0o600): string {
  const file = join(folder, path);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

const read = (path: string) => readSecretFile(path, folder, shared);

describe('readSecretFile', () => {
  it('default', () => {
    expect(read(write('key', 'the content\n'))).toBe('the content');
  });

  it('behavior: a relative path is relative to the folder given', () => {
    write('key', 'the content');
    expect(read('./key')).toBe('the content');
  });

  it('behavior: only line breaks at the end are taken off', () => {
    expect(read(write('key', ' two\nlines \r\n\n'))).toBe(' two\nlines ');
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o601])('behavior: mode %o is refused', mode => {
    expect(() => read(write('key', 'the content', mode))).toThrow(
      /others can read \(mode \d+\): chmod 600 \S+\/key$/,
    );
  });

  it('behavior: the command that mends it is one that a shell takes as it stands', () => {
    expect(() => read(write("ann's key", 'the content', 0o644))).toThrow(
      `chmod 600 '${join(folder, "ann'\\''s key")}'`,
    );
  });

  it('behavior: files under the shared folder may have any mode', () => {
    expect(read(write('run-secrets/key', 'the content', 0o444))).toBe('the content');
  });

  it('behavior: an empty file under the shared folder is a secret that is not set', () => {
    expect(read(write('run-secrets/key', '\n'))).toBeUndefined();
  });

  it('behavior: a path through the shared folder to elsewhere is not under it', () => {
    const outside = write('key', 'the content', 0o644);
    expect(() => read(join(shared, '..', 'key'))).toThrow(/others can read/);
    symlinkSync(outside, join(shared, 'link'));
    expect(() => read(join(shared, 'link'))).toThrow(/others can read/);
    mkdirSync(`${shared}-more`);
    expect(() => read(write('run-secrets-more/key', 'the content', 0o644))).toThrow(/others can read/);
  });

  it('behavior: a link into the shared folder is under it', () => {
    write('run-secrets/key', 'the content', 0o444);
    symlinkSync(join(shared, 'key'), join(folder, 'link'));
    expect(read('link')).toBe('the content');
  });

  it('behavior: what is no file is refused', () => {
    expect(() => read('missing')).toThrow('cannot be read (ENOENT)');
    expect(() => read(folder)).toThrow('not a file');
    expect(() => read(write('empty', '\n \n'))).toThrow('empty file');
    expect(() => read(write('huge', 'x'.repeat(70_000)))).toThrow('more than 65536 bytes');
  });

  it('behavior: a named pipe does not stop the bot for ever', () => {
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    expect(() => read('pipe')).toThrow('not a file');
  });
});
