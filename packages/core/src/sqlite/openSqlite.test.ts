import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqlite, type SqliteLayout } from './openSqlite.ts';

const layout: SqliteLayout = {
  version: 2,
  tables: 'CREATE TABLE IF NOT EXISTS names (name TEXT NOT NULL);',
  synchronous: 'FULL',
};
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const names = (path: string, using = layout) => {
  const { database, setAside } = openSqlite(path, using);
  const rows = database.prepare('SELECT name FROM names').all() as { name: string }[];
  database.close();
  return { rows: rows.map(({ name }) => name), setAside };
};
function write(path: string): void {
  const { database } = openSqlite(path, layout);
  database.prepare('INSERT INTO names (name) VALUES (?)').run('kept');
  database.close();
}

describe('a SQLite file', () => {
  it('keeps what was written, in a folder that is made for it', () => {
    const path = join(folder, 'deep', 'file.sqlite');
    write(path);
    expect(names(path)).toEqual({ rows: ['kept'], setAside: undefined });
  });

  it('is set aside when it is damaged, and a new one is begun', () => {
    const path = join(folder, 'file.sqlite');
    writeFileSync(path, 'no database '.repeat(1_000));
    const { rows, setAside } = names(path);
    expect(rows).toEqual([]);
    expect(setAside?.path).toBe(`${path}.unreadable`);
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toContain('no database');
  });

  it('is set aside when it has another layout', () => {
    const path = join(folder, 'file.sqlite');
    write(path);
    const { rows, setAside } = names(path, { ...layout, version: 3 });
    expect(rows).toEqual([]);
    expect(setAside?.reason).toContain('layout 2, not 3');
  });

  it('is set aside beside the files that were set aside before', () => {
    const path = join(folder, 'file.sqlite');
    for (const name of ['.unreadable', '.unreadable-2']) {
      // SQLite would restore the file from its log.
      for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      writeFileSync(path, `no database ${name} `.repeat(1_000));
      expect(names(path).setAside?.path).toBe(`${path}${name}`);
    }
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toContain('.unreadable ');
  });

  it('stays where it is while it cannot be opened for another reason', () => {
    const path = join(folder, 'file.sqlite');
    write(path);
    const { database } = openSqlite(path, layout);
    database.exec('BEGIN EXCLUSIVE');
    expect(() => openSqlite(path, layout)).toThrow('database is locked');
    database.exec('COMMIT');
    database.close();
    expect(names(path)).toEqual({ rows: ['kept'], setAside: undefined });
  });

  it('is not set aside by a reader', () => {
    const path = join(folder, 'file.sqlite');
    write(path);
    expect(() => openSqlite(path, { ...layout, version: 3 }, false)).toThrow('layout 2, not 3');
    expect(names(path)).toEqual({ rows: ['kept'], setAside: undefined });
  });

  it('that cannot be made is refused with its path', () => {
    writeFileSync(join(folder, 'a-file'), '');
    const path = join(folder, 'a-file', 'file.sqlite');
    expect(() => openSqlite(path, layout)).toThrow(`${path} cannot be opened`);
  });

  it('in memory needs no folder', () => {
    expect(names(':memory:')).toEqual({ rows: [], setAside: undefined });
  });
});
