import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { BotError, reasonOf } from '@service-bots/core/errors';
import Sqlite from 'libsql';

/** Rises when a table changes. */
const layout = 1;

// Amounts are texts, since an integer of SQLite has 64 bits. Times are the chain's, in seconds since 1970.
const tables = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pools (pool TEXT PRIMARY KEY, name TEXT NOT NULL, decimals INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decisions (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, block INTEGER NOT NULL, pool TEXT NOT NULL, kind TEXT NOT NULL,
  amount TEXT NOT NULL, profit TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trades (
  hash TEXT NOT NULL, log INTEGER NOT NULL, block INTEGER NOT NULL, time INTEGER NOT NULL, pool TEXT NOT NULL,
  kind TEXT NOT NULL, side TEXT, maturity INTEGER, amount TEXT NOT NULL, withdrawal TEXT NOT NULL, paid TEXT NOT NULL,
  received TEXT NOT NULL, realised TEXT, fees TEXT NOT NULL, PRIMARY KEY (hash, log)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS trades_time ON trades (time);
CREATE TABLE IF NOT EXISTS gas (
  hash TEXT PRIMARY KEY, time INTEGER NOT NULL, pool TEXT NOT NULL, wei TEXT NOT NULL, base TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (
  time INTEGER NOT NULL, pool TEXT NOT NULL, block INTEGER NOT NULL, liquidity TEXT NOT NULL, bonds TEXT NOT NULL,
  profit TEXT NOT NULL, PRIMARY KEY (time, pool)) WITHOUT ROWID;
`;

/** A ledger's file, and where one went that could not be used. */
export interface LedgerFile {
  database: Sqlite.Database;
  setAside: { path: string; reason: string } | undefined;
}

/**
 * Opens the ledger, or begins a new one in place of a damaged one, which is kept beside it: positions are the chain's, so
 * trading can go on, but what was earned before is only in the file that was set aside.
 * @throws BotError when the folder cannot be written
 */
export function openLedgerFile(path: string): LedgerFile {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return { database: openFile(path), setAside: undefined };
  } catch (error) {
    if (!existsSync(path)) throw new BotError(`${path} cannot be opened: ${reasonOf(error)}`);
    const aside = `${path}.unreadable`;
    try {
      renameSync(path, aside);
      for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      return { database: openFile(path), setAside: { path: aside, reason: reasonOf(error) } };
    } catch (second) {
      throw new BotError(`${path} cannot be opened: ${reasonOf(second)}`);
    }
  }
}

function openFile(path: string): Sqlite.Database {
  const database = new Sqlite(path);
  try {
    // FULL: what was booked must survive a power cut, as the transaction it is about does.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;');
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
