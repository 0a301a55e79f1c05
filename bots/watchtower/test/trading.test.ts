import { describe, expect, it } from '@jest/globals';
import { profitSeries, samplesOf } from '../src/history/samples.ts';
import { poolsOf } from '../src/overview/pools.ts';
import { withTrends } from '../src/overview/trends.ts';
import { Pool, Pools } from '../src/page/pools.tsx';
import { nowMs, overview, poolA, poolB, statusOf, working } from './fixtures.ts';

/** The details in the lpandarb bot's status. */
const details = {
  fixedRate: '6.677 %',
  variableRate: '4.000 %',
  band: '1.376 % to 6.677 %',
  capital: '100000.0',
  lpTokens: '20000.0',
  withdrawalShares: '0.0',
  positions: [{ side: 'long', matures: '2026-12-07T00:00Z', bonds: '26707.254367', value: '26690.1' }],
  worth: { liquidity: '20000.5', bonds: '26690.1', unpriced: 0 },
  profit: {
    all: '-12.345678',
    liquidity: '0.5',
    arbitrage: '-12.8',
    fees: '2.6',
    gas: '0.045678',
    yearly: '-1.200 %',
  },
  profitPerYear: {
    profit: '-1.200 %',
    liquidity: '0.050 %',
    arbitrage: '-1.245 %',
    fees: '0.253 %',
    gas: '0.005 %',
  },
  approved: '0.0',
  plan: ['fixed 6.677 % is between 1.376 % and 6.677 %, where no trade pays'],
};
const bots = (profit: unknown = details.profit) => [
  working('checkpoint', statusOf('checkpoint')),
  working(
    'lpandarb',
    statusOf('lpandarb', {
      pools: [
        { address: poolA, name: 'Pool A', details: { ...details, profit } },
        { address: poolB, name: 'Pool B', details: { plan: ['left alone: it is paused'] } },
      ],
    }),
  ),
];
const text = (html: unknown) =>
  String(html)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('a pool that is traded with', () => {
  it('shows what was earned, and its course over the week', () => {
    const [first, second] = withTrends(poolsOf(bots()), series =>
      series === profitSeries(1, poolA) ? [1, 5, -12.3].map(value => ({ value })) : [],
    );
    expect(second?.trading).toBeUndefined();
    expect(first?.trading?.trend).toEqual([1, 5, -12.3]);
    const page = String(Pool({ pool: first as NonNullable<typeof first>, nowMs }));
    for (const words of [
      'Liquidity and arbitrage',
      '-12.34 base, -1.200 % a year',
      '0.5 (0.050 % a year)',
      '-12.8 (-1.245 % a year)',
      '2.6 (0.253 % a year), 0.04 (0.005 % a year)',
      '6.677 %, 4.000 %',
      '26707.25 bonds, worth 26690.1',
      'where no trade pays',
    ])
      expect(text(page)).toContain(words);
    expect(page).toContain('Profit over 7 days: least -12.3 base, most 5 base');
    const shown = overview(bots());
    expect(text(Pools({ overview: shown, nowMs }))).toContain('profit -12.34 base -1.200 % a year');
  });

  it('has its profit kept, so that there is a course', () => {
    expect(samplesOf(bots(), [])).toContainEqual({ series: profitSeries(1, poolA), value: -12.345678 });
  });

  it.each([
    ['not an object', 'lots'],
    ['no number', { ...details.profit, all: '1e999' }],
    ['script', { ...details.profit, all: '<script>' }],
    ['too long', { ...details.profit, all: '9'.repeat(61) }],
  ])('shows nothing of a profit that is %s', (_, profit) => {
    const [first] = poolsOf(bots(profit));
    expect(first?.trading).toBeUndefined();
    expect(first?.watchedBy).toHaveLength(2);
  });
});
