import type { SqliteLayout } from '@service-bots/core/sqlite';

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

/**
 * The layout of the history. `synchronous` is NORMAL, since rows that a power cut destroys are polled again.
 */
export const historyLayout: SqliteLayout = { version: 1, tables, synchronous: 'NORMAL' };
