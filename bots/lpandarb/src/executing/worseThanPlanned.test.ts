import { expect, it } from '@jest/globals';
import { parseUnits } from 'ethers';
import type { Step } from '../planning/view.ts';
import { worseThanPlanned } from './worseThanPlanned.ts';

const unit = (whole: string) => parseUnits(whole, 18);
const view = {
  settlement: { token: '', asBase: true, isRebasing: false, account: '' },
  vaultSharePrice: unit('1.1'),
};
const verdict = (kind: Step['kind'], changes: Partial<Step>, amount: string, shares = '0') =>
  worseThanPlanned({ kind, amount: unit('100'), pays: 0n, receives: 0n, ...changes } as Step, {
    result: { amount: unit(amount), shares: unit(shares) },
    view,
    slippage: unit('0.001'),
  });

it.each(['open-long', 'add-liquidity', 'close-short', 'close-matured'] as const)(
  '%s may bring less than planned by the slippage, and no less',
  kind => {
    const planned = { receives: unit('50') };
    expect(verdict(kind, planned, '60')).toBeUndefined();
    expect(verdict(kind, planned, '49.95')).toBeUndefined();
    expect(verdict(kind, planned, '49.94')).toContain('it would bring');
    expect(verdict(kind, planned, '0')).toContain('it would bring 0 instead of');
  },
);

it('a short may take more than planned by the slippage, and no more', () => {
  expect(verdict('open-short', { pays: unit('5') }, '5.005')).toBeUndefined();
  expect(verdict('open-short', { pays: unit('5') }, '5.006')).toContain('would take');
});

it('a removal is judged by its payment for each LP token that is paid for', () => {
  // By the plan, 80 of 100 LP tokens are paid with 96 base, and 20 wait.
  const planned = { receives: unit('96'), waits: unit('20') };
  expect(verdict('remove-liquidity', planned, '96', '20')).toBeUndefined();
  // Another LP was first, so only half of them are paid, at the same price.
  expect(verdict('remove-liquidity', planned, '48', '60')).toBeUndefined();
  expect(verdict('remove-liquidity', planned, '47.9', '60')).toContain('it would bring');
  // The bounds of a call would accept any payment.
  expect(verdict('remove-liquidity', planned, '0', '20')).toContain('it would bring');
  expect(verdict('remove-liquidity', planned, '0', '100')).toContain('it would bring nothing');
});

it('a removal that pays nothing by the plan is sent', () => {
  expect(verdict('remove-liquidity', { receives: 0n, waits: unit('100') }, '0', '100')).toBeUndefined();
});

it('withdrawal shares are judged by the payment for each share', () => {
  const planned = { receives: unit('120') };
  expect(verdict('redeem', planned, '120', '100')).toBeUndefined();
  expect(verdict('redeem', planned, '12', '10')).toBeUndefined();
  expect(verdict('redeem', planned, '11', '10')).toContain('it would bring');
  expect(verdict('redeem', planned, '0', '0')).toContain('it would bring nothing');
});
