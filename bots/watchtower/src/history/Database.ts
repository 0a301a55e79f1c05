import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'libsql';

/** Rises when a table changes; an older file is set aside. */
const layout = 1;

const tables = `
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, bot TEXT NOT NULL, text TEXT NOT NULL,
  pool TEXT, chk TEXT, severity TEXT, link TEXT);
CREATE INDEX IF NOT EXISTS events_at ON events (at);
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS samples (
  series INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days (
  series INTEGER NOT NULL, day INTEGER NOT NULL, least REAL NOT NULL, most REAL NOT NULL, last REAL NOT NULL,
  PRIMARY KEY (series, day)) WITHOUT ROWID;
`;

export interface Opened {
  readonly database: Sqlite.Database;
  /** Where a file went that could not be used, and why. */
  readonly setAside: { readonly path: string; readonly reason: string } | undefined;
}

/**
 * Opens the file, or begins a new one in place of a damaged one.
 * @throws Error when the folder cannot be written to
 */
export function openDatabase(path: string): Opened {
  mkdirSync(dirname(path), { recursive: true });
  try {
    return { database: openFile(path), setAside: undefined };
  } catch (error) {
    if (!exists(path)) throw error;
    const aside = `${path}.unreadable`;
    renameSync(path, aside);
    // They belong to the file that was set aside.
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    return { database: openFile(path), setAside: { path: aside, reason: String(error) } };
  }
}

function openFile(path: string): Sqlite.Database {
  const database = new Sqlite(path);
  try {
    // In this order: once the file has its first page, which WAL writes, the way of vacuuming is fixed.
    database.exec(
      'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;',
    );
    const [vacuum] = database.prepare('PRAGMA auto_vacuum').all() as Record<string, unknown>[];
    if (Number(vacuum?.auto_vacuum) !== 2) database.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM;');
    const [check] = database.prepare('PRAGMA quick_check(1)').all() as Record<string, unknown>[];
    if (check?.quick_check !== 'ok') throw new Error(`the file is damaged: ${String(check?.quick_check)}`);
    const [found] = database.prepare('PRAGMA user_version').all() as Record<string, unknown>[];
    const version = Number(found?.user_version ?? 0);
    if (version !== 0 && version !== layout) throw new Error(`the file has layout ${version}, not ${layout}`);
    database.exec(`${tables} PRAGMA user_version = ${layout};`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
