import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseUnits } from 'ethers';
import type { Booked } from '../ledger/bookedTrade.ts';
import { Ledger } from '../ledger/Ledger.ts';
import { resultOf } from '../ledger/result.ts';
import { limitStatusOf, type TimeLimits } from './limitStatus.ts';

const unit = (whole: string) => parseUnits(whole, 18);
const now = 1_800_000_000;
const pool = `0x${'aa'.repeat(20)}`;
const token = `0x${'bb'.repeat(20)}`;
const limits: TimeLimits = {
  tradesPerHour: 3,
  maxLossPerDay: unit('0.01'),
  maxDrawdown: unit('0.05'),
  maxGasWeiPerDay: unit('0.1'),
  coolDownSeconds: 600,
};

let folder: string;
let ledger: Ledger;
let count = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  ledger = new Ledger(join(folder, 'ledger.sqlite'));
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const trade = (changes: Partial<Booked> = {}): Booked => {
  count += 1;
  return {
    hash: `0x${count}`,
    log: 0,
    block: count,
    time: now - 60,
    pool,
    kind: 'open-long',
    side: 'long',
    maturity: now + 86_400,
    amount: unit('100'),
    withdrawal: 0n,
    paid: unit('99'),
    received: 0n,
    fees: 0n,
    ...changes,
  };
};
const close = (received: string, changes: Partial<Booked> = {}) =>
  trade({ kind: 'close-long', paid: 0n, received: unit(received), ...changes });
const limitStatus = (profit: string, halt?: Parameters<typeof limitStatusOf>[2]['halt'], at = now) =>
  limitStatusOf(ledger, limits, {
    accounts: [{ account: token, capital: unit('1000'), profit: unit(profit), pools: [pool] }],
    halt,
    now: at,
  });
const mark = (time: number, profit: string) =>
  ledger.mark({ time, pool, block: 1, liquidity: 0n, bonds: 0n, profit: unit(profit) });

describe('limitStatusOf', () => {
  it('default: allows new trades', () => {
    expect(limitStatus('0')).toEqual({ noNewRisk: undefined, transactions: 3, halts: undefined });
  });

  it('trades per hour: counts each trade until an hour has passed', () => {
    ledger.book(trade());
    ledger.book(trade({ time: now - 3_601 }));
    expect(limitStatus('0').transactions).toBe(2);
    ledger.book(trade());
    ledger.book(trade());
    expect(limitStatus('0')).toMatchObject({
      transactions: 0,
      noNewRisk: '3 trades within an hour; TRADES_PER_HOUR allows 3',
    });
    expect(limitStatus('0', undefined, now + 3_600)).toMatchObject({ transactions: 3, noNewRisk: undefined });
  });

  it('loss per day: compares with the marks of a day ago', () => {
    mark(now - 90_000, '20');
    expect(limitStatus('10.1').noNewRisk).toBeUndefined();
    expect(limitStatus('10').noNewRisk).toMatch(/^1.000 % of the capital was lost within a day/);
    // At that moment the loss is older than a day.
    mark(now, '10');
    expect(limitStatus('10', undefined, now + 86_400).noNewRisk).toBeUndefined();
  });

  it('loss per day: counts a loss on the very first day from zero', () => {
    mark(now - 3_600, '-5');
    expect(limitStatus('-11').noNewRisk).toMatch(/lost within a day/);
  });

  it('drawdown: halts, and counts from the present profit after a resumption', () => {
    expect(limitStatus('100').halts).toBeUndefined();
    expect(limitStatus('51').halts).toBeUndefined();
    expect(limitStatus('50').halts).toMatch(/^5.000 % of the capital was lost since the peak/);
    const halt = { mode: 'halt' as const, why: 'drawdown', by: 'lpandarb', at: '' };
    expect(limitStatus('50', halt).noNewRisk).toBe('halted by lpandarb: drawdown');
    // A missing file means that a person has resumed the bot.
    expect(limitStatus('50').halts).toBeUndefined();
    expect(limitStatus('1').halts).toBeUndefined();
    expect(limitStatus('0').halts).toMatch(/since the peak/);
  });

  it('drawdown: keeps the peak over a restart', () => {
    limitStatus('100');
    ledger.close();
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
    expect(limitStatus('50').halts).toMatch(/since the peak/);
  });

  it('drawdown: does not count the profit of a pool that cannot be read as lost, and counts its loss afterwards', () => {
    const other = `0x${'cc'.repeat(20)}`;
    const halts = (profit: string, pools: string[]) =>
      limitStatusOf(ledger, limits, {
        accounts: [{ account: token, capital: unit('1000'), profit: unit(profit), pools }],
        halt: undefined,
        now,
      }).halts;
    const earned = (of: string, profit: string) =>
      ledger.mark({ time: now, pool: of, block: 1, liquidity: 0n, bonds: 0n, profit: unit(profit) });
    earned(pool, '100');
    earned(other, '-80');
    expect(halts('20', [pool, other])).toBeUndefined();
    // One pool is missing: neither its profit nor its loss moves the peak.
    expect(halts('-80', [other])).toBeUndefined();
    expect(halts('20', [other, pool])).toBeUndefined();
    expect(halts('100', [pool])).toBeUndefined();
    expect(halts('20', [pool, other])).toBeUndefined();
    // The missing pool lost 50 meanwhile.
    expect(halts('100', [pool])).toBeUndefined();
    expect(halts('-30', [pool, other])).toMatch(/^5.000 % of the capital was lost since the peak/);
  });

  it('gas per day: stops new trades until the day has passed', () => {
    ledger.bookGas({ hash: '0xa', time: now - 86_000, pool, wei: unit('0.06'), base: 0n });
    expect(limitStatus('0').noNewRisk).toBeUndefined();
    ledger.bookGas({ hash: '0xb', time: now - 60, pool, wei: unit('0.04'), base: 0n });
    expect(limitStatus('0').noNewRisk).toBe('gas cost 0.1 within a day; MAX_GAS_COST_PER_DAY allows 0.1');
    expect(limitStatus('0', undefined, now + 1_000).noNewRisk).toBeUndefined();
  });

  it('cool-down: starts at a close at a loss, and not at a close at a gain', () => {
    ledger.book(trade({ time: now - 7_200 }));
    ledger.book(close('99.5'));
    expect(limitStatus('0').noNewRisk).toBeUndefined();
    ledger.book(close('98', { time: now - 100 }));
    expect(limitStatus('0').noNewRisk).toBe('a position was closed at a loss, and new trades wait 500 s');
    expect(limitStatus('0', undefined, now + 500).noNewRisk).toBeUndefined();
  });

  it('halt: names the person and the reason', () => {
    const halt = { mode: 'unwind' as const, why: 'we leave', by: 'mihai', at: '' };
    expect(limitStatus('0', halt).noNewRisk).toBe(
      'all positions are being closed, by order of mihai: we leave',
    );
  });
});

describe('Ledger', () => {
  it('stores a trade once when it is booked twice', () => {
    const once = trade();
    ledger.book(once);
    ledger.book({ ...once, block: once.block + 1 });
    expect(ledger.tradesOf(pool)).toHaveLength(1);
  });

  it('realises a part of a position at the average price of its opening', () => {
    ledger.book(trade({ amount: unit('100'), paid: unit('90') }));
    ledger.book(trade({ amount: unit('100'), paid: unit('98') }));
    expect(ledger.book(close('48', { amount: unit('50') })).realised).toBe(unit('1'));
  });

  it('splits a result into liquidity, arbitrage, fees and gas, also per year', () => {
    ledger.book(trade({ kind: 'add-liquidity', side: undefined, maturity: undefined, paid: unit('500') }));
    ledger.book(trade({ paid: unit('99') }));
    ledger.book(close('60', { amount: unit('50') }));
    ledger.bookGas({ hash: '0xa', time: now, pool, wei: 1n, base: unit('2') });
    const marked = { liquidity: unit('505'), bonds: unit('48') };
    const result = resultOf(ledger.flowsOf(pool), { marked, capital: unit('1000'), now: now + 86_400 });
    expect(result).toMatchObject({
      liquidity: unit('5'),
      arbitrage: unit('9'),
      gas: unit('2'),
      profit: unit('12'),
    });
    const part = (value: bigint | undefined) => Number(value) / 1e18 / 365;
    expect(part(result.yearly?.profit)).toBeCloseTo(0.012, 3);
    expect(part(result.yearly?.liquidity)).toBeCloseTo(0.005, 3);
    expect(part(result.yearly?.arbitrage)).toBeCloseTo(0.009, 3);
    expect(part(result.yearly?.gas)).toBeCloseTo(0.002, 3);
  });

  it('stores a decision once while only its figures change', () => {
    ledger.decide(pool, {
      time: now,
      block: 1,
      steps: [],
      notes: ['fixed 5.1 % is above 5.0 %: the limits leave 10 base'],
    });
    ledger.decide(pool, {
      time: now + 1,
      block: 2,
      steps: [],
      notes: ['fixed 5.2 % is above 5.0 %: the limits leave 9 base'],
    });
    ledger.decide(pool, { time: now + 2, block: 3, steps: [], notes: ['left alone: it is paused'] });
    expect(ledger.decisionsSince(0).map(({ text }) => text)).toEqual([
      'fixed 5.1 % is above 5.0 %: the limits leave 10 base',
      'left alone: it is paused',
    ]);
  });
});
