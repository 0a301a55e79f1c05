import { reasonOf } from '@service-bots/core/errors';
import { openSqlite } from '@service-bots/core/sqlite';
import type Sqlite from 'libsql';
import { type Event, eventSchema } from '../overview/schema.ts';
import type { Filter } from '../page/timeline.tsx';
import type { NewEvent } from './events.ts';
import { historyLayout } from './historyLayout.ts';

export interface Sample {
  readonly series: string;
  readonly value: number;
}

const dayMs = 86_400_000;
const fullDetailDays = 30;
const dailyDays = 365;
const mostBytes = 200_000_000;
/** The number of events in memory, for when the file cannot be written. */
const mostInMemory = 500;
const pageOfEvents = 200;
const mostHalvings = 12;

/**
 * Stores events and figures over time in a file that survives restarts, and the newest events in memory as
 * well. No method throws. A history that cannot be written is reported by `problem`, and the watchtower
 * continues.
 */
export class History {
  readonly #path: string;
  readonly #most: number;
  readonly #ids = new Map<string, number>();
  #database: Sqlite.Database | undefined;
  #recent: Event[] = [];
  #nextId = 1;
  #problem: string | undefined;
  #setAside: string | undefined;

  /** Opens the file. @param most the largest size of the file in the long run, in bytes */
  constructor(path: string, most = mostBytes) {
    this.#path = path;
    this.#most = most;
    this.#attempt('opened', () => {
      const { database, setAside } = openSqlite(path, historyLayout);
      this.#database = database;
      if (setAside)
        this.#setAside = `${path} could not be used (${setAside.reason}) and was set aside as ${setAside.path}`;
      this.#recent = this.#select({}, mostInMemory);
      this.#nextId = (this.#recent[0]?.id ?? 0) + 1;
    });
  }

  /** Why the last write failed; undefined while writes succeed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The notice that a damaged file was set aside at the start. */
  get setAside(): string | undefined {
    return this.#setAside;
  }

  /** Returns the newest events, the newest first. */
  recent(count: number): readonly Event[] {
    return this.#recent.slice(0, count);
  }

  /** Returns the events that match, the newest first. They come from memory where the file cannot be read. */
  events(filter: Filter): readonly Event[] {
    const found = this.#database && this.#attempt('read', () => this.#select(filter, pageOfEvents));
    return found ?? this.#recent.filter(event => fits(event, filter)).slice(0, pageOfEvents);
  }

  add(events: readonly NewEvent[]): void {
    if (events.length === 0) return;
    const numbered = events.map((event): Event => ({ ...event, id: this.#nextId++ }));
    this.#recent = [...numbered].reverse().concat(this.#recent).slice(0, mostInMemory);
    this.#write(database => {
      const insert = database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
      for (const { id, at, kind, bot, text, pool, check, severity, link } of numbered)
        insert.run(
          id,
          Date.parse(at),
          kind,
          bot,
          text,
          pool ?? null,
          check ?? null,
          severity ?? null,
          link ?? null,
        );
    });
  }

  sample(samples: readonly Sample[], nowMs: number): void {
    const day = Math.floor(nowMs / dayMs);
    this.#write(database => {
      const insert = database.prepare('INSERT OR REPLACE INTO samples VALUES (?, ?, ?)');
      const daily = database.prepare(
        'INSERT INTO days VALUES (?, ?, ?, ?, ?) ON CONFLICT (series, day) DO UPDATE SET least = min(least, excluded.least), most = max(most, excluded.most), last = excluded.last',
      );
      for (const { series, value } of samples) {
        if (!Number.isFinite(value)) continue;
        const id = this.#idOf(database, series);
        insert.run(id, nowMs, value);
        daily.run(id, day, value, value, value);
      }
    });
  }

  /** Returns the values of a series since a moment, the oldest first. */
  values(series: string, sinceMs: number): readonly { atMs: number; value: number }[] {
    const database = this.#database;
    if (!database) return [];
    return (
      this.#attempt('read', () => {
        const rows = database
          .prepare(
            'SELECT at, value FROM samples JOIN series ON series.id = samples.series WHERE name = ? AND at >= ? ORDER BY at',
          )
          .all(series, sinceMs) as { at: number; value: number }[];
        return rows.map(({ at, value }) => ({ atMs: Number(at), value: Number(value) }));
      }) ?? []
    );
  }

  /** Deletes old rows, and the oldest of the rest while the file is too large. */
  prune(nowMs: number): void {
    this.#write(database => {
      database.prepare('DELETE FROM events WHERE at < ?').run(nowMs - dailyDays * dayMs);
      database.prepare('DELETE FROM samples WHERE at < ?').run(nowMs - fullDetailDays * dayMs);
      database.prepare('DELETE FROM days WHERE day < ?').run(Math.floor(nowMs / dayMs) - dailyDays);
    });
    for (let days = fullDetailDays - 5; days > 0 && this.#bytes() > this.#most; days -= 5)
      this.#write(database => {
        database.prepare('DELETE FROM samples WHERE at < ?').run(nowMs - days * dayMs);
        database.prepare('DELETE FROM events WHERE at < ?').run(nowMs - days * dayMs);
      });
    // A bot that names another pool or opens another alert at each look can fill a single day. The older half
    // of the rows is therefore deleted until the file is small enough, at most twelve times.
    for (let i = 0; i < mostHalvings && this.#bytes() > this.#most; i += 1)
      this.#write(database => {
        for (const [table, column] of [
          ['events', 'id'],
          ['samples', 'at'],
          ['days', 'day'],
        ])
          database.exec(
            `DELETE FROM ${table} WHERE ${column} <= (SELECT (min(${column}) + max(${column})) / 2 FROM ${table})`,
          );
        database.exec(
          'DELETE FROM series WHERE id NOT IN (SELECT series FROM samples UNION SELECT series FROM days)',
        );
        this.#ids.clear();
      });
    this.#attempt('compacted', () =>
      this.#database?.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);'),
    );
  }

  close(): void {
    this.#attempt('closed', () => this.#database?.close());
    this.#database = undefined;
  }

  #bytes(): number {
    const read = (pragma: string) => {
      const [row] = (this.#database?.prepare(`PRAGMA ${pragma}`).all() ?? []) as Record<string, number>[];
      return Number(row?.[pragma] ?? 0);
    };
    return (
      this.#attempt('measured', () => (read('page_count') - read('freelist_count')) * read('page_size')) ?? 0
    );
  }

  #idOf(database: Sqlite.Database, name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    database.prepare('INSERT OR IGNORE INTO series (name) VALUES (?)').run(name);
    const row = database.prepare('SELECT id FROM series WHERE name = ?').get(name) as { id: number };
    this.#ids.set(name, Number(row.id));
    return Number(row.id);
  }

  #select({ bot, pool, check }: Filter, most: number): Event[] {
    const rows = this.#database
      ?.prepare(
        'SELECT * FROM events WHERE (?1 IS NULL OR bot = ?1) AND (?2 IS NULL OR lower(pool) = lower(?2)) AND (?3 IS NULL OR chk = ?3) ORDER BY id DESC LIMIT ?4',
      )
      .all(bot ?? null, pool ?? null, check ?? null, most) as Record<string, unknown>[];
    return rows.flatMap(row => {
      const text = (name: string) => (row[name] === null ? undefined : row[name]);
      const { success, data } = eventSchema.safeParse({
        id: Number(row.id),
        at: new Date(Number(row.at)).toISOString(),
        kind: row.kind,
        bot: row.bot,
        text: row.text,
        pool: text('pool'),
        check: text('chk'),
        severity: text('severity'),
        link: text('link'),
      });
      return success ? [data] : [];
    });
  }

  #write(work: (database: Sqlite.Database) => void): void {
    const database = this.#database;
    if (!database) return;
    this.#attempt('written', () => {
      database.exec('BEGIN');
      try {
        work(database);
        database.exec('COMMIT');
        this.#problem = undefined;
      } catch (error) {
        // After a full disk, SQLite has already rolled back.
        try {
          database.exec('ROLLBACK');
        } catch {}
        this.#ids.clear();
        throw error;
      }
    });
  }

  #attempt<T>(what: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#problem = `${this.#path} could not be ${what}: ${reasonOf(error)}`;
      return undefined;
    }
  }
}

export function fits(event: Event, { bot, pool, check }: Filter): boolean {
  return (
    (bot === undefined || event.bot === bot) &&
    (pool === undefined || event.pool?.toLowerCase() === pool.toLowerCase()) &&
    (check === undefined || event.check === check)
  );
}
