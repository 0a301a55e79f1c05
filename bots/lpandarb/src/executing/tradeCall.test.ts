import { describe, expect, it } from '@jest/globals';
import { tradingAbi } from '@service-bots/core/hyperdrive';
import { parseUnits } from 'ethers';
import type { Step } from '../planning/view.ts';
import { mismatchIn } from './execute.ts';
import { boundedCall, tradeResultIn } from './tradeCall.ts';

const wallet = `0x${'11'.repeat(20)}`;
const unit = (whole: string) => parseUnits(whole, 18);
const step = (kind: Step['kind'], changes: Partial<Step> = {}): Step => ({
  pool: '',
  kind,
  amount: unit('100'),
  pays: 0n,
  receives: 0n,
  expectedProfit: 0n,
  horizonSeconds: 0,
  fees: 0n,
  gasCost: 0n,
  reason: '',
  ...changes,
});
const token = `0x${'bb'.repeat(20)}`;
const market = {
  settlement: { token, asBase: true, isRebasing: false, account: token },
  vaultSharePrice: unit('1.1'),
  lpSharePrice: unit('1.2'),
  fixedRate: unit('0.05'),
  slippage: unit('0.001'),
  allowance: unit('1000'),
};
const argsOf = (each: Step, amount: string, shares = '0', changes = {}) => {
  const data = boundedCall(each, {
    wallet,
    result: { amount: unit(amount), shares: unit(shares) },
    market: { ...market, ...changes },
  });
  const { name, args } = tradingAbi.parseTransaction({ data }) ?? {};
  return { name, ...(args?.toObject() as Record<string, bigint>) };
};

describe('boundedCall', () => {
  it('a long brings at least the simulated bonds less the slippage, at a vault share price that fell no more', () => {
    expect(argsOf(step('open-long'), '100.5')).toMatchObject({
      name: 'openLong',
      _amount: unit('100'),
      _minOutput: unit('100.3995'),
      _minVaultSharePrice: unit('1.0989'),
    });
  });

  it('a short takes at most the simulated deposit and the slippage, and no more than was approved', () => {
    expect(argsOf(step('open-short'), '5')).toMatchObject({ name: 'openShort', _maxDeposit: unit('5.005') });
    expect(argsOf(step('open-short'), '5', '0', { allowance: unit('5.001') })).toMatchObject({
      _maxDeposit: unit('5.001'),
    });
  });

  it('liquidity is added within the slippage of the LP share price and of the fixed rate', () => {
    expect(argsOf(step('add-liquidity'), '90')).toMatchObject({
      _minLpSharePrice: unit('1.1988'),
      _minApr: unit('0.049'),
      _maxApr: unit('0.051'),
    });
    expect(argsOf(step('add-liquidity'), '90', '0', { fixedRate: 1n })).toMatchObject({ _minApr: 0n });
  });

  it('bounds the payment for each LP token and withdrawal share', () => {
    // The call pays out 60 of 100 LP tokens now for 63 base, which is 1.05 for each.
    expect(argsOf(step('remove-liquidity'), '63', '40')).toMatchObject({
      _minOutputPerShare: unit('1.04895'),
    });
    expect(argsOf(step('remove-liquidity'), '0', '100')).toMatchObject({ _minOutputPerShare: 0n });
    expect(argsOf(step('redeem'), '63', '60')).toMatchObject({ _minOutputPerShare: unit('1.04895') });
    expect(argsOf(step('redeem'), '0', '0')).toMatchObject({ _minOutputPerShare: 0n });
  });

  it.each(['close-matured', 'reduce-long', 'close-long'] as const)(
    '%s pays at least the simulated base less the slippage',
    kind => {
      const closing = step(kind, { side: 'long', maturity: 1_800_000_000 });
      expect(argsOf(closing, '99')).toMatchObject({
        name: 'closeLong',
        _minOutput: unit('98.901'),
        _maturityTime: 1_800_000_000n,
      });
      expect(argsOf({ ...closing, side: 'short' }, '99')).toMatchObject({ name: 'closeShort' });
    },
  );
});

describe('tradeResultIn', () => {
  it('takes the deposit of a short, and not its maturity', () => {
    const returned = tradingAbi.encodeFunctionResult('openShort', [1_800_000_000n, unit('5')]);
    expect(tradeResultIn(step('open-short'), returned)).toEqual({ amount: unit('5'), shares: 0n });
  });

  it('refuses a result of another form than the interface', () => {
    expect(() => tradeResultIn(step('open-long'), '0x')).toThrow('a result of another form than the pool');
  });
});

describe('mismatchIn', () => {
  const price = { vaultSharePrice: unit('1') };
  const base = { token, isRebasing: false };
  const word = (hex: string) => `0x${hex.replace('0x', '').padStart(64, '0')}`;
  const transfer = (from: string, to: string, amount: bigint, address = token) => ({
    address,
    topics: ['0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef', word(from), word(to)],
    data: word(amount.toString(16)),
  });
  const receipt = (...logs: object[]) => ({ logs }) as unknown as Parameters<typeof mismatchIn>[0];
  const pool = `0x${'aa'.repeat(20)}`;

  it('default: accepts a change of the wallet that equals the report of the pool', () => {
    expect(
      mismatchIn(receipt(transfer(wallet, pool, 5n)), {
        settlement: base,
        wallet,
        trade: { change: -5n, ...price },
      }),
    ).toBeUndefined();
    const other = `0x${'cc'.repeat(20)}`;
    expect(
      mismatchIn(receipt(transfer(pool, wallet, 7n), transfer(wallet, pool, 1n, other)), {
        settlement: base,
        wallet,
        trade: {
          change: 7n,
          ...price,
        },
      }),
    ).toBeUndefined();
  });

  it('reports a token that pays less or nothing', () => {
    expect(
      mismatchIn(receipt(transfer(pool, wallet, 6n)), {
        settlement: base,
        wallet,
        trade: { change: 7n, ...price },
      }),
    ).toContain('changed by 6 units');
    expect(mismatchIn(receipt(), { settlement: base, wallet, trade: { change: 7n, ...price } })).toContain(
      'changed by 0 units',
    );
  });
});
