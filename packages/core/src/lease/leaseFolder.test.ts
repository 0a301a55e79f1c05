import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { leaseFolder } from './leaseFolder.ts';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'lease-folder-'));
});
afterEach(() => rmSync(path, { recursive: true }));
const folder = () => leaseFolder(path, 'keeper-lease');

it('default: a term is created by one alone, and read by all', async () => {
  const won = await Promise.all([...'abcdef'].map(text => folder().create(1, text)));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await folder().look()).toEqual({ term: 1, text: 'abcdef'[won.indexOf(true)] });
});

it('behavior: the newest term counts, whatever else is in the folder', async () => {
  for (const name of [
    'keeper-lease.9',
    'keeper-lease.10',
    'keeper-lease.x.sock',
    'checkpoint-lease.11',
    'keeper-alerts.jsonl',
  ])
    writeFileSync(join(path, name), name);
  expect(await folder().look()).toEqual({ term: 10, text: 'keeper-lease.10' });
});

it('behavior: a folder that is not there is made, and holds no term', async () => {
  expect(await leaseFolder(join(path, 'a', 'b'), 'keeper-lease').look()).toEqual({ term: 0, text: '' });
});

it('error: a term whose text could not be written is nobody’s', async () => {
  await expect(folder().create(1, 7 as unknown as string)).rejects.toThrow();
  expect(await folder().look()).toEqual({ term: 0, text: '' });
});

it('error: a term that was cleared away does not come back', async () => {
  await expect(folder().overwrite(1, 'x')).rejects.toThrow('ENOENT');
  expect(readdirSync(path)).toEqual([]);
});

it('behavior: terms that ended over an hour before the newest began are forgotten, by the times of their files', async () => {
  for (const term of [1, 2, 3]) await folder().create(term, '');
  const hoursAgo = (term: number, hours: number) => {
    const at = Date.now() / 1000 - hours * 3_600;
    utimesSync(join(path, `keeper-lease.${term}`), at, at);
  };
  hoursAgo(3, 10);
  hoursAgo(2, 10.5);
  hoursAgo(1, 12);
  await folder().prune(3);
  expect(readdirSync(path).sort()).toEqual(['keeper-lease.2', 'keeper-lease.3']);
});
