import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'libsql';
import { BotError, reasonOf } from '../errors/index.ts';

/** The tables of a file, and the safety of its writes. */
export interface SqliteLayout {
  /** Rises when a table changes; a file of another version is set aside. */
  version: number;
  /** `CREATE TABLE IF NOT EXISTS …` */
  tables: string;
  /** FULL survives a power cut; NORMAL may lose the last transactions in one, and waits for fewer writes. */
  synchronous: 'FULL' | 'NORMAL';
}

/** An open file. */
export interface OpenedSqlite {
  database: Sqlite.Database;
  /** Where an unusable file was moved, and why. */
  setAside: { path: string; reason: string } | undefined;
}

/** The file can never be used as it is. Any other error, such as a full disk or a lock, may pass. */
class Unusable extends Error {}

const damaged = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];

/**
 * Opens a SQLite file. A file that is damaged or has another layout is replaced by a new one, and kept beside it
 * as `<path>.unreadable`. A healthy file stays where it is, whatever else fails: a full disk must not cost the
 * history.
 * @param path of the file, or `:memory:`
 * @param replaces whether an unusable file is replaced; a reader that does not own the file gives false
 * @throws BotError when the file cannot be opened now, or the folder cannot be written
 */
export function openSqlite(path: string, layout: SqliteLayout, replaces = true): OpenedSqlite {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return { database: openFile(path, layout), setAside: undefined };
  } catch (error) {
    if (!replaces || !isUnusable(error)) throw new BotError(`${path} cannot be opened: ${reasonOf(error)}`);
    const aside = freeName(`${path}.unreadable`);
    try {
      renameSync(path, aside);
      // The two files belong to the file that was set aside.
      for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      return { database: openFile(path, layout), setAside: { path: aside, reason: reasonOf(error) } };
    } catch (second) {
      throw new BotError(`${path} cannot be opened: ${reasonOf(second)}`);
    }
  }
}

function isUnusable(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof Unusable || damaged.some(each => String(code).startsWith(each));
}

/** Returns the path, or the path with the first number that no file has. A second damage must not cost the first file. */
function freeName(path: string): string {
  if (!existsSync(path)) return path;
  let number = 2;
  while (existsSync(`${path}-${number}`)) number += 1;
  return `${path}-${number}`;
}

function openFile(path: string, { version, tables, synchronous }: SqliteLayout): Sqlite.Database {
  const database = new Sqlite(path);
  try {
    // The order matters: once the file has its first page, which WAL writes, the kind of vacuuming is fixed.
    database.exec(
      `PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA busy_timeout = 2000;`,
    );
    const [vacuum] = database.prepare('PRAGMA auto_vacuum').all() as Record<string, unknown>[];
    if (Number(vacuum?.auto_vacuum) !== 2) database.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM;');
    const [check] = database.prepare('PRAGMA quick_check(1)').all() as Record<string, unknown>[];
    if (check?.quick_check !== 'ok') throw new Unusable(`the file is damaged: ${String(check?.quick_check)}`);
    const [found] = database.prepare('PRAGMA user_version').all() as Record<string, unknown>[];
    const of = Number(found?.user_version ?? 0);
    if (of !== 0 && of !== version) throw new Unusable(`the file has layout ${of}, not ${version}`);
    database.exec(`${tables} PRAGMA user_version = ${version};`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
