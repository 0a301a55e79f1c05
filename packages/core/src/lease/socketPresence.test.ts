import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Mark } from './record.ts';
import { socketPresence } from './socketPresence.ts';

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  // The path is longer than a socket's address may be.
  folder = join(mkdtempSync(join(tmpdir(), 'presence-')), 'x'.repeat(120));
  mkdirSync(folder);
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(join(folder, '..'), { recursive: true });
});
const me = () => socketPresence(folder, 'me.sock');

/** Starts another process, which does nothing but live, and returns its mark. */
async function other(): Promise<Mark> {
  const module = fileURLToPath(new URL('../../dist/lease/socketPresence.js', import.meta.url));
  const script = `
    const { socketPresence } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(await socketPresence(${JSON.stringify(folder)}, 'other.sock').announce()));
    setInterval(() => {}, 1_000);`;
  child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return JSON.parse(String(line));
}

it('a process is gone once it has been killed, and not while it is stopped', async () => {
  const mark = await other();
  expect(await me().isGone(mark)).toBe(false);
  child?.kill('SIGSTOP');
  expect(await me().isGone(mark)).toBe(false);
  const ended = once(child as ChildProcess, 'exit');
  child?.kill('SIGKILL');
  await ended;
  expect(await me().isGone(mark)).toBe(true);
  expect(readdirSync(folder)).toEqual(['other.sock']);
  await me().clear(mark);
  expect(readdirSync(folder)).toEqual([]);
});

it('nothing is known of what another machine, another file system or no file tells of', async () => {
  const mark = await other();
  const ended = once(child as ChildProcess, 'exit');
  child?.kill('SIGKILL');
  await ended;
  for (const change of [{ boot: 'another' }, { device: '0' }, { socket: 'none.sock' }])
    expect(await me().isGone({ ...mark, ...change })).toBe(false);
});

it('closing leaves nothing behind', async () => {
  const mine = me();
  expect(await mine.announce()).toBeDefined();
  expect(readdirSync(folder)).toEqual(['me.sock']);
  mine.close();
  expect(readdirSync(folder)).toEqual([]);
});
