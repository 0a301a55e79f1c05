export { type OpenedSqlite, openSqlite, type SqliteLayout } from './openSqlite.ts';
