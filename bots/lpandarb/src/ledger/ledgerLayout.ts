import type { SqliteLayout } from '@service-bots/core/sqlite';

// Amounts are texts, since an SQLite integer has 64 bits. Times are the chain's, in seconds since 1970.
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

/**
 * The layout of the ledger. `synchronous` is FULL because a booked trade must survive a power cut, as its
 * transaction does.
 */
export const ledgerLayout: SqliteLayout = { version: 1, tables, synchronous: 'FULL' };
