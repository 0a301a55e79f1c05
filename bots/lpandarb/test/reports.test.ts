import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqlite } from '@service-bots/core/sqlite';
import { parseUnits } from 'ethers';
import { reportOf, reportText } from '../src/cli/report.ts';
import { dailyReport } from '../src/dailyReport.ts';
import { detailsOf, gaugesOf, type PoolFigures } from '../src/figures.ts';
import { forgottenIn, forgottenPools } from '../src/forgotten.ts';
import type { Booked } from '../src/ledger/bookedTrade.ts';
import { Ledger } from '../src/ledger/Ledger.ts';
import { ledgerLayout } from '../src/ledger/ledgerLayout.ts';
import { resultOf } from '../src/ledger/result.ts';
import { ledgerObservation } from '../src/observations.ts';

const unit = (whole: string) => parseUnits(whole, 6);
const pool = `0x${'aa'.repeat(20)}`;
const midnight = Date.parse('2026-11-30T00:00:00Z') / 1000;
const maturity = midnight + 86_400 * 30;
const named = { address: pool, name: '30 Day USDC', decimals: 6 };

let folder: string;
let ledger: Ledger;
const path = () => join(folder, 'lpandarb-1.sqlite');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reports-'));
  ledger = new Ledger(path());
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const trade = (hash: string, changes: Partial<Booked>): Booked => ({
  hash,
  log: 0,
  block: 1,
  time: midnight,
  pool,
  kind: 'open-long',
  side: 'long',
  maturity,
  amount: unit('100'),
  withdrawal: 0n,
  paid: 0n,
  received: 0n,
  fees: 0n,
  ...changes,
});

/** Books 20 of liquidity, a long bought for 99 of which half was sold for 50, and 2 of gas. */
function history(): void {
  ledger.name(named);
  const liquidity = { kind: 'add-liquidity', side: undefined, maturity: undefined };
  ledger.book(trade('0x1', { ...liquidity, amount: unit('20'), paid: unit('20') }));
  ledger.book(trade('0x2', { paid: unit('99'), fees: unit('0.5') }));
  ledger.book(trade('0x3', { kind: 'close-long', amount: unit('50'), received: unit('50') }));
  ledger.bookGas({ hash: '0x2', time: midnight, pool, wei: 1n, base: unit('2') });
  const worth = { liquidity: unit('21'), bonds: unit('49.75') };
  ledger.setCapital(pool, unit('1000'));
  ledger.mark({ time: midnight + 86_400, pool, block: 9, ...worth, profit: unit('-0.25') });
}

function figures(): PoolFigures {
  const positions = {
    lpShares: unit('20'),
    withdrawalShares: 0n,
    bonds: [{ side: 'long' as const, maturity, bonds: unit('50'), value: unit('49.75') }],
  };
  const marked = { positions, liquidity: unit('21'), bonds: unit('49.75'), unpriced: 0 };
  const look = { pool: named, marked, allowance: unit('3'), view: {} };
  const plan = {
    steps: [{ kind: 'open-long', reason: 'because', expectedProfit: unit('1.5') }],
    notes: ['a note'],
    fixedRate: parseUnits('6', 16),
    variableRate: undefined,
    band: undefined,
  };
  const result = resultOf(ledger.flowsOf(pool), { marked, capital: unit('1000'), now: midnight + 86_400 });
  return { look, plan, result, capital: unit('1000') } as unknown as PoolFigures;
}

describe('forgottenIn', () => {
  it('reports a pool that is no longer listed while the bot holds a position in it', () => {
    history();
    expect(forgottenIn(forgottenPools(ledger, [pool.toUpperCase().replace('0X', '0x')]))).toEqual([]);
    expect(forgottenIn(forgottenPools(ledger, []))).toEqual([
      expect.objectContaining({
        check: 'lpandarb-left-alone',
        pool,
        failing: true,
        message: expect.stringContaining('still holds a long of 50 bonds, 20 LP tokens in it'),
      }),
    ]);
    ledger.book(trade('0x4', { kind: 'close-long', amount: unit('50'), received: unit('49') }));
    const removal = { kind: 'remove-liquidity', side: undefined, maturity: undefined, amount: unit('20') };
    ledger.book(trade('0x5', { ...removal, withdrawal: unit('3'), received: unit('17') }));
    expect(forgottenIn(forgottenPools(ledger, []))).toMatchObject([
      { message: expect.stringContaining('holds 3 withdrawal shares in it') },
    ]);
    ledger.book(trade('0x6', { ...removal, kind: 'redeem', amount: unit('3'), received: unit('3') }));
    expect(forgottenIn(forgottenPools(ledger, []))).toEqual([
      { check: 'lpandarb-left-alone', pool, failing: false },
    ]);
  });
});

describe('dailyReport', () => {
  const head = (time: number) => ({ number: 9, timestamp: time }) as never;
  it('is sent once for each day of the chain, split into liquidity, arbitrage, gas and fees', () => {
    history();
    expect(dailyReport(ledger, [figures()], head(midnight + 60))).toBeUndefined();
    expect(dailyReport(ledger, [figures()], head(midnight + 86_399))).toBeUndefined();
    const earlier = { pool, block: 1, liquidity: 0n, bonds: 0n, profit: unit('-0.75') };
    ledger.mark({ ...earlier, time: midnight });
    const [news] = dailyReport(ledger, [figures()], head(midnight + 86_400)) ?? [];
    expect(news?.check).toBe('lpandarb-report');
    expect(news?.message).toBe(
      '30 Day USDC: profit -0.25 (-9.125 % a year) base, +0.5 within a day, liquidity 1 (36.500 % a year), arbitrage 0.75 (27.375 % a year), gas 2 (73.000 % a year), fees paid to the pool 0.5 (18.250 % a year)',
    );
    expect(dailyReport(ledger, [figures()], head(midnight + 86_460))).toBeUndefined();
  });

  it('is not sent again after a restart', () => {
    dailyReport(ledger, [], head(midnight));
    expect(dailyReport(ledger, [], head(midnight + 86_400))).toHaveLength(1);
    ledger.close();
    ledger = new Ledger(path());
    expect(dailyReport(ledger, [], head(midnight + 86_400 + 60))).toBeUndefined();
  });
});

describe('/status and /metrics', () => {
  it('show the same figures, in base and in percent a year', () => {
    history();
    const details = detailsOf(figures());
    expect(details.profit).toEqual({
      all: '-0.25',
      liquidity: '1.0',
      arbitrage: '0.75',
      fees: '0.5',
      gas: '2.0',
      yearly: '-9.125 %',
    });
    expect(details.profitPerYear).toEqual({
      profit: '-9.125 %',
      liquidity: '36.500 %',
      arbitrage: '27.375 %',
      fees: '18.250 %',
      gas: '73.000 %',
    });
    expect(details.positions).toEqual([
      { side: 'long', matures: '2026-12-30T00:00Z', bonds: '50.0', value: '49.75' },
    ]);
    expect(details.plan).toEqual(['open-long: because; expected profit 1.5', 'a note']);
    const gauges = Object.fromEntries(gaugesOf(figures()).map(({ name, value }) => [name, value]));
    expect(gauges).toEqual({
      lpandarb_profit_base: -0.25,
      lpandarb_profit_liquidity_base: 1,
      lpandarb_profit_arbitrage_base: 0.75,
      lpandarb_fees_base: 0.5,
      lpandarb_gas_base: 2,
      lpandarb_profit_yearly: -0.09125,
      lpandarb_profit_liquidity_yearly: 0.365,
      lpandarb_profit_arbitrage_yearly: 0.27375,
      lpandarb_fees_yearly: 0.1825,
      lpandarb_gas_yearly: 0.73,
      lpandarb_worth_liquidity_base: 21,
      lpandarb_worth_bonds_base: 49.75,
      lpandarb_fixed_rate: 0.06,
      // The variable rate is unknown, and an unknown figure is not shown as 0.
    });
  });
});

describe('pnpm lpandarb report', () => {
  it('prints each ledger as text and as JSON, real trades and trades on paper apart', async () => {
    history();
    new Ledger(join(folder, 'lpandarb-paper-1.sqlite')).close();
    const reports = await reportOf({ STATE_DIR: folder });
    expect(reports.map(({ file }) => file).sort()).toEqual(['lpandarb-1.sqlite', 'lpandarb-paper-1.sqlite']);
    const real = reports.find(({ file }) => file === 'lpandarb-1.sqlite');
    expect(real?.pools).toEqual([
      {
        pool,
        name: '30 Day USDC',
        trades: 3,
        since: '2026-11-30T00:00Z',
        profit: '-0.25',
        day: '0.0',
        closedAtGain: 1,
        closedAtLoss: 0,
        liquidity: '1.0',
        arbitrage: '0.75',
        fees: '0.5',
        gas: '2.0',
        yearly: {
          profit: '-9.125 %',
          liquidity: '36.500 %',
          arbitrage: '27.375 %',
          fees: '18.250 %',
          gas: '73.000 %',
        },
        markedAt: '2026-12-01T00:00Z',
        markedBlock: 9,
      },
    ]);
    const text = reportText(reports);
    expect(text).toContain(
      'profit -0.25 (-9.125 % a year) base: liquidity 1 (36.500 % a year), arbitrage 0.75 (27.375 % a year), gas 2 (73.000 % a year); fees paid to the pool 0.5 (18.250 % a year)',
    );
    expect(text).toContain('2026-11-30T00:00Z 30 Day USDC: close-long, paid 0, received 50');
  });

  it('states the profit at the last mark: a trade after it is no loss of its payment', async () => {
    history();
    ledger.book(trade('0x4', { time: midnight + 86_500, block: 10, paid: unit('500'), fees: unit('3') }));
    ledger.bookGas({ hash: '0x4', time: midnight + 86_400, pool, wei: 1n, base: unit('7') });
    const [{ pools } = { pools: [] }] = await reportOf({ STATE_DIR: folder });
    expect(pools).toMatchObject([
      { trades: 4, profit: '-0.25', arbitrage: '0.75', fees: '0.5', gas: '2.0', markedBlock: 9 },
    ]);
  });

  it('counts a trade by its block: the round that marks may book a later trade, and a later round an earlier one', async () => {
    history();
    const close = { kind: 'close-long', received: unit('20') };
    ledger.book(trade('0x4', { ...close, time: midnight + 86_400, block: 10 }));
    ledger.bookGas({ hash: '0x4', time: midnight + 86_400, pool, wei: 1n, base: unit('7') });
    ledger.book(trade('0x5', { ...close, time: midnight + 90_000, block: 9, received: unit('3') }));
    ledger.bookGas({ hash: '0x5', time: midnight + 90_000, pool, wei: 1n, base: unit('1') });
    const [{ pools } = { pools: [] }] = await reportOf({ STATE_DIR: folder });
    expect(pools).toMatchObject([
      { trades: 5, profit: '1.75', arbitrage: '3.75', gas: '3.0', markedBlock: 9 },
    ]);
  });

  it('books the gas later that the disk does not take', () => {
    history();
    const disk = openSqlite(path(), ledgerLayout, false).database;
    disk.exec('BEGIN EXCLUSIVE');
    expect(() => ledger.bookGas({ hash: '0x6', time: midnight, pool, wei: 1n, base: unit('1') })).toThrow(
      'locked',
    );
    expect(ledger.hasWaitingGas).toBe(true);
    disk.exec('ROLLBACK');
    disk.close();
    const before = ledger.flowsOf(pool).gas;
    ledger.bookWaitingGas();
    expect(ledger.flowsOf(pool).gas - before).toBe(unit('1'));
    expect(ledger.hasWaitingGas).toBe(false);
  });

  it('sets a damaged ledger aside, and raises an alert that earlier profits are not counted', () => {
    ledger.close();
    for (const suffix of ['-wal', '-shm']) rmSync(`${path()}${suffix}`, { force: true });
    writeFileSync(path(), 'no ledger '.repeat(2_000));
    ledger = new Ledger(path());
    const head = { number: 10 };
    expect(ledgerObservation(ledger, head, 0)).toMatchObject({ check: 'lpandarb-ledger', failing: true });
    expect(ledger.flowsOf(pool).trades).toBe(0);
  });
});
