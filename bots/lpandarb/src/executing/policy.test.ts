import { describe, expect, it } from '@jest/globals';
import { tradingAbi } from '@service-bots/core/hyperdrive';
import { parseUnits } from 'ethers';
import fc from 'fast-check';
import type { LpandarbConfig } from '../config.ts';
import type { LpandarbPool } from '../reading/LpandarbPool.ts';
import { tokenAbi } from '../reading/readPool.ts';
import { callable, refusalOf } from './policy.ts';

const wallet = `0x${'11'.repeat(20)}`;
const thief = `0x${'66'.repeat(20)}`;
const token = `0x${'bb'.repeat(20)}`;
const otherToken = `0x${'cc'.repeat(20)}`;
const address = `0x${'aa'.repeat(20)}`;
const unit = (whole: string) => parseUnits(whole, 6);
const pool = {
  address,
  name: 'Pool',
  decimals: 6,
  config: { initialVaultSharePrice: parseUnits('1.25', 18) },
  settlement: { token, asBase: true, isRebasing: false, account: token },
} as LpandarbPool;
const figure = (usual: string) => ({ usual, named: new Map<string, string>() });
const config = {
  CAPITAL_PER_POOL: figure('1000'),
  NATIVE_IN_BASE: figure('4000'),
  MAX_TRADE: figure('100'),
  MAX_POSITION: figure('300'),
} as unknown as LpandarbConfig;
const options = { destination: wallet, asBase: true, extraData: '0x' };
const trade = (method: string, args: unknown[], changes = {}) =>
  tradingAbi.encodeFunctionData(method, [...args, { ...options, ...changes }]);
const refusal = (to: string, data: string) => refusalOf({ to, data }, { wallet, pools: [pool], config });
const approval = (spender: string, amount: bigint) =>
  tokenAbi.encodeFunctionData('approve', [spender, amount]);

describe('refusalOf', () => {
  it.each([
    ['openLong', [unit('100'), 1n, 0n]],
    ['openShort', [unit('100'), unit('1000'), 0n]],
    ['closeLong', [1_800_000_000n, unit('5000'), 0n]],
    ['closeShort', [1_800_000_000n, unit('5000'), 0n]],
    ['addLiquidity', [unit('1000'), 0n, 0n, 0n]],
    ['removeLiquidity', [unit('5000'), 0n]],
    ['redeemWithdrawalShares', [unit('5000'), 0n]],
  ])('default: %s within the limits, to the wallet, in base', (method, args) => {
    expect(refusal(address, trade(method, args))).toBeUndefined();
    // The same call is refused with another receiver, not in base, or with extra data.
    expect(refusal(address, trade(method, args, { destination: thief }))).toContain(`a payment to ${thief}`);
    expect(refusal(address, trade(method, args, { asBase: false }))).toContain('not paid in base');
    expect(refusal(address, trade(method, args, { extraData: '0x01' }))).toContain('extra data');
  });

  it.each([
    ['a long above MAX_TRADE', trade('openLong', [unit('100') + 1n, 1n, 0n]), 'a long of'],
    ['a long without a least output', trade('openLong', [unit('1'), 0n, 0n]), 'without a least output'],
    ['a short above MAX_TRADE', trade('openShort', [unit('100') + 1n, 1n, 0n]), 'a short of'],
    ['a deposit above the capital', trade('openShort', [unit('1'), unit('1000') + 1n, 0n]), 'a deposit of'],
    ['liquidity above the capital', trade('addLiquidity', [unit('1000') + 1n, 0n, 0n, 0n]), 'liquidity of'],
    ['a view', tradingAbi.encodeFunctionData('balanceOf', [0n, wallet]), 'the function 0x'],
    ['another function', '0x12345678', 'the function 0x12345678'],
  ])('refuses %s', (_, data, reason) => {
    expect(refusal(address, data)).toContain(reason);
  });

  it('approves the base of a pool for that pool alone, within its capital', () => {
    expect(refusal(token, approval(address, unit('1000')))).toBeUndefined();
    expect(refusal(token, approval(address, 0n))).toBeUndefined();
    expect(refusal(token, approval(address, unit('1000') + 1n))).toContain('more than the capital');
    expect(refusal(token, approval(thief, 1n))).toContain('is no pool that is paid in this token');
    expect(refusal(otherToken, approval(address, 1n))).toContain('is no pool that is paid in this token');
    expect(refusal(token, '0xa9059cbb')).toContain('the function 0xa9059cbb');
  });

  it('property: refuses an approval of any amount for a spender that is not the pool', () => {
    const spender = fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map(bytes => `0x${Buffer.from(bytes).toString('hex')}`);
    fc.assert(
      fc.property(spender, fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (each, amount) => {
        expect(refusal(token, approval(each, amount)) === undefined).toBe(
          each === address && amount <= unit('1000'),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('allows calls of the pools and of the tokens that they are paid in, and of nothing else', () => {
    expect(callable([pool, { ...pool, address: thief }])).toEqual([address, token, thief]);
  });
});
