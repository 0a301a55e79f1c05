import { openSqlite } from '@service-bots/core/sqlite';
import type Sqlite from 'libsql';
import type { Step } from '../planning/view.ts';
import type { Booked } from './bookedTrade.ts';
import { ledgerLayout } from './ledgerLayout.ts';

/** The sums of a pool's booked trades and gas, in base. */
export interface Flows {
  /** The base that was paid for liquidity; the next field is the base received for it. */
  liquidityPaid: bigint;
  liquidityReceived: bigint;
  /** The same for bonds. */
  bondsPaid: bigint;
  bondsReceived: bigint;
  fees: bigint;
  gas: bigint;
  trades: number;
  /** The time of the first trade, seconds since 1970; undefined when there is no trade. */
  since: number | undefined;
}

const endOfTime = { block: Number.MAX_SAFE_INTEGER, time: Number.MAX_SAFE_INTEGER };

/** The value of one pool's positions at a moment, in base. */
export interface Mark {
  time: number;
  pool: string;
  block: number;
  liquidity: bigint;
  bonds: bigint;
  /** The profit in the pool so far, net of gas. */
  profit: bigint;
}

/** A trade as a row of the ledger. */
export interface TradeRow {
  hash: string;
  block: number;
  time: number;
  pool: string;
  kind: string;
  side: string | null;
  maturity: number | null;
  amount: string;
  withdrawal: string;
  paid: string;
  received: string;
  realised: string | null;
  fees: string;
}

const liquidityKinds = ['add-liquidity', 'remove-liquidity', 'redeem'];

/**
 * Stores every decision, trade, fee and mark in one SQLite file. A trade that is booked twice is stored once.
 */
export class Ledger {
  readonly #database: Sqlite.Database;
  /** The new path of a file that could not be used, and the reason; undefined when the file was fine. */
  readonly setAside: { path: string; reason: string } | undefined;
  readonly #lastDecision = new Map<string, string>();

  readonly #waitingGas: [string, number, string, string, string][] = [];

  /**
   * Opens the ledger.
   * @param path of the file, or `:memory:`
   * @param replaces whether a file that cannot be used is set aside; only the bot itself does that
   * @throws BotError when the file cannot be opened, or the folder cannot be written
   */
  constructor(path: string, replaces = true) {
    const { database, setAside } = openSqlite(path, ledgerLayout, replaces);
    this.#database = database;
    this.setAside = setAside;
  }

  close(): void {
    this.#database.close();
  }

  /** Stores the decision for a pool, unless it equals the pool's last decision. */
  decide(
    pool: string,
    {
      time,
      block,
      steps,
      notes,
    }: { time: number; block: number; steps: readonly Step[]; notes: readonly string[] },
  ): void {
    const texts = [...steps.map(({ reason }) => reason), ...notes];
    const said = `${steps.map(({ kind }) => kind).join()}|${notes.map(withoutFigures).join('|')}`;
    if (this.#lastDecision.get(pool) === said) return;
    this.#lastDecision.set(pool, said);
    const [first] = steps;
    this.#run(
      'INSERT INTO decisions (time, block, pool, kind, amount, profit, text) VALUES (?, ?, ?, ?, ?, ?, ?)',
      [
        time,
        block,
        pool,
        first?.kind ?? 'none',
        String(first?.amount ?? 0n),
        String(first?.expectedProfit ?? 0n),
        texts.join('; '),
      ],
    );
  }

  /**
   * Books a trade.
   * @returns the gain or loss of a close, in base, by the average price at which its position was opened
   */
  book(trade: Booked): { realised: bigint | undefined } {
    const realised =
      trade.received > 0n || trade.kind.startsWith('close') ? this.#realised(trade) : undefined;
    const { hash, log, block, time, pool, kind, side, maturity, amount, withdrawal, paid, received, fees } =
      trade;
    this.#run(
      'INSERT OR IGNORE INTO trades (hash, log, block, time, pool, kind, side, maturity, amount, withdrawal, paid, received, realised, fees) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      [
        hash,
        log,
        block,
        time,
        pool,
        kind,
        side ?? null,
        maturity ?? null,
        ...[amount, withdrawal, paid, received].map(String),
        realised === undefined ? null : String(realised),
        String(fees),
      ],
    );
    return { realised };
  }

  /** Books the gas of a transaction. What the disk does not take waits in memory, since no event tells it later. */
  bookGas({
    hash,
    time,
    pool,
    wei,
    base,
  }: {
    hash: string;
    time: number;
    pool: string;
    wei: bigint;
    base: bigint;
  }): void {
    this.#waitingGas.push([hash, time, pool, String(wei), String(base)]);
    this.bookWaitingGas();
  }

  /** Books the gas that could not be booked before. */
  bookWaitingGas(): void {
    for (let [first] = this.#waitingGas; first; [first] = this.#waitingGas) {
      this.#run('INSERT OR IGNORE INTO gas (hash, time, pool, wei, base) VALUES (?, ?, ?, ?, ?)', first);
      this.#waitingGas.shift();
    }
  }

  /** Whether there is gas that could not be booked. */
  get hasWaitingGas(): boolean {
    return this.#waitingGas.length > 0;
  }

  /** Removes transactions that the chain no longer has, with their gas. */
  remove(hashes: readonly string[]): void {
    for (const hash of hashes) {
      this.#run('DELETE FROM trades WHERE hash = ?', [hash]);
      this.#run('DELETE FROM gas WHERE hash = ?', [hash]);
    }
  }

  /** Returns the trades of a pool from a block on, without the positions that were there before the bot. */
  tradesFrom(pool: string, block: number): TradeRow[] {
    return this.#all<TradeRow>(
      "SELECT * FROM trades WHERE pool = ? AND block >= ? AND hash NOT LIKE 'opening %' ORDER BY block, log",
      [pool, block],
    );
  }

  /** Returns the transactions since a time of which only the gas is booked: approvals, and trades that reverted. */
  gasAloneSince(time: number): { hash: string; pool: string; time: number }[] {
    return this.#all(
      'SELECT hash, pool, time FROM gas WHERE time >= ? AND hash NOT IN (SELECT hash FROM trades)',
      [time],
    );
  }

  hasGasSince(time: number): boolean {
    return this.#all('SELECT 1 FROM gas WHERE time >= ? LIMIT 1', [time]).length > 0;
  }

  mark({ time, pool, block, liquidity, bonds, profit }: Mark): void {
    this.#run(
      'INSERT OR REPLACE INTO marks (time, pool, block, liquidity, bonds, profit) VALUES (?, ?, ?, ?, ?, ?)',
      [time, pool, block, String(liquidity), String(bonds), String(profit)],
    );
  }

  /** Stores the pool's name and decimals, which reports need to show its amounts. */
  name({ address, name, decimals }: { address: string; name: string; decimals: number }): void {
    this.#run('INSERT OR REPLACE INTO pools (pool, name, decimals) VALUES (?, ?, ?)', [
      address,
      name,
      decimals,
    ]);
  }

  pools(): { pool: string; name: string; decimals: number }[] {
    return this.#all('SELECT * FROM pools ORDER BY name', []);
  }

  /**
   * Returns the payments in a pool until a block; all of them unless it is given. The block decides and not the
   * time, since a trade has the time of the round that booked it: a block or more before the trade, or hours
   * later.
   */
  flowsOf(pool: string, until: Pick<Mark, 'block' | 'time'> = endOfTime): Flows {
    const rows = this.#all<TradeRow>('SELECT * FROM trades WHERE pool = ? AND block <= ? ORDER BY time', [
      pool,
      until.block,
    ]);
    const flows: Flows = {
      liquidityPaid: 0n,
      liquidityReceived: 0n,
      bondsPaid: 0n,
      bondsReceived: 0n,
      fees: 0n,
      gas: this.#gasOf(pool, until),
      trades: rows.length,
      since: rows[0]?.time,
    };
    for (const { kind, paid, received, fees } of rows) {
      const isLiquidity = liquidityKinds.includes(kind);
      flows[isLiquidity ? 'liquidityPaid' : 'bondsPaid'] += BigInt(paid);
      flows[isLiquidity ? 'liquidityReceived' : 'bondsReceived'] += BigInt(received);
      flows.fees += BigInt(fees);
    }
    return flows;
  }

  /** Returns what the gas of a pool's transactions until a block cost. Of an approval, only the round's time is known. */
  #gasOf(pool: string, { block, time }: Pick<Mark, 'block' | 'time'>): bigint {
    return this.#all<{ base: string }>(
      `SELECT base FROM gas LEFT JOIN (SELECT DISTINCT hash, block FROM trades) USING (hash)
       WHERE pool = ? AND CASE WHEN block IS NULL THEN time < ? ELSE block <= ? END`,
      [pool, time, block],
    ).reduce((sum, { base }) => sum + BigInt(base), 0n);
  }

  tradesSince(time: number): TradeRow[] {
    return this.#all<TradeRow>('SELECT * FROM trades WHERE time > ? ORDER BY time, block, log', [time]);
  }

  tradesOf(pool: string): TradeRow[] {
    return this.#all<TradeRow>('SELECT * FROM trades WHERE pool = ? ORDER BY block, log', [pool]);
  }

  /** The newest block with a booked trade of the bot; 0 where there is none. */
  get lastBlock(): number {
    return Number(
      this.#all<{ block: number | null }>('SELECT MAX(block) AS block FROM trades', [])[0]?.block ?? 0,
    );
  }

  gasWeiSince(time: number): bigint {
    return this.#all<{ wei: string }>('SELECT wei FROM gas WHERE time > ?', [time]).reduce(
      (sum, { wei }) => sum + BigInt(wei),
      0n,
    );
  }

  /** Returns the last mark of a pool at or before a time, or its first mark. */
  markAt(pool: string, time: number): Mark | undefined {
    const read = (sql: string, values: unknown[]) =>
      this.#all<Record<string, string | number>>(sql, values)[0];
    const row =
      read('SELECT * FROM marks WHERE pool = ? AND time <= ? ORDER BY time DESC LIMIT 1', [pool, time]) ??
      read('SELECT * FROM marks WHERE pool = ? ORDER BY time LIMIT 1', [pool]);
    return row && markOf(row);
  }

  marksOf(pool: string, since: number): Mark[] {
    return this.#all<Record<string, string | number>>(
      'SELECT * FROM marks WHERE pool = ? AND time >= ? ORDER BY time',
      [pool, since],
    ).map(markOf);
  }

  decisionsSince(time: number): { time: number; pool: string; kind: string; text: string }[] {
    return this.#all('SELECT time, pool, kind, text FROM decisions WHERE time > ? ORDER BY id', [time]);
  }

  /** Returns the capital of a pool when it was last marked, in base; 0 where it is not known. */
  capitalOf(pool: string): bigint {
    return BigInt(this.value(`capital ${pool}`) ?? 0);
  }

  setCapital(pool: string, capital: bigint): void {
    this.setValue(`capital ${pool}`, String(capital));
  }

  value(name: string): string | undefined {
    return this.#all<{ value: string }>('SELECT value FROM meta WHERE name = ?', [name])[0]?.value;
  }

  /** Returns the values whose names begin with a text. */
  valuesOf(beginning: string): { name: string; value: string }[] {
    return this.#all('SELECT name, value FROM meta WHERE substr(name, 1, ?) = ?', [
      beginning.length,
      beginning,
    ]);
  }

  setValue(name: string, value: string): void {
    this.#run('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', [name, value]);
  }

  /** Removes a value. */
  forget(name: string): void {
    this.#run('DELETE FROM meta WHERE name = ?', [name]);
  }

  /**
   * Returns the base received less the average price paid for as many bonds of the position.
   * @returns undefined for liquidity and for trades that open a position
   */
  #realised({ pool, kind, side, maturity, amount, received }: Booked): bigint | undefined {
    if (!kind.startsWith('close') && !kind.startsWith('reduce')) return undefined;
    const rows = this.#all<TradeRow>(
      'SELECT * FROM trades WHERE pool = ? AND side = ? AND maturity = ? AND paid != ?',
      [pool, side ?? '', maturity ?? 0, '0'],
    );
    const bonds = rows.reduce((sum, row) => sum + BigInt(row.amount), 0n);
    const paid = rows.reduce((sum, row) => sum + BigInt(row.paid), 0n);
    return bonds === 0n ? undefined : received - (paid * amount) / bonds;
  }

  #run(sql: string, values: unknown[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #all<T>(sql: string, values: unknown[]): T[] {
    return this.#database.prepare(sql).all(...values) as T[];
  }
}

/**
 * Returns a text without its figures. Figures change with every block; a new decision is one whose words
 * change.
 */
function withoutFigures(text: string): string {
  return text.replace(/-?[\d.,]+/g, '#');
}

function markOf(row: Record<string, string | number>): Mark {
  const [liquidity = 0n, bonds = 0n, profit = 0n] = ['liquidity', 'bonds', 'profit'].map(name =>
    BigInt(row[name] ?? 0),
  );
  return {
    time: Number(row.time),
    pool: String(row.pool),
    block: Number(row.block),
    liquidity,
    bonds,
    profit,
  };
}
