import { expect, it } from '@jest/globals';
import { parseUnits } from 'ethers';
import { rateFromCheckpoints, vaultRate } from './variableRate.ts';

const day = 86_400;
const now = 1_800_000_000;
const e18 = (text: string) => parseUnits(text, 18);
const at = (daysAgo: number, price: string) => ({ time: now - daysAgo * day, price: e18(price) });

it('annualises the change since the oldest minted checkpoint', () => {
  const rate = rateFromCheckpoints([at(73, '1'), at(30, '1.005')], at(0, '1.01'));
  expect(rate).toBe(e18('0.05'));
});

it('skips checkpoints that are not minted', () => {
  expect(rateFromCheckpoints([at(100, '0'), at(73, '1')], at(0, '1.01'))).toBe(e18('0.05'));
});

it.each([
  ['no checkpoint', [], '1'],
  ['none minted', [at(7, '0')], '1'],
  ['a price that doubled in a week', [at(7, '1')], '2'],
  ['a price that halved in a week', [at(7, '1')], '0.5'],
])('is unknown: %s', (_, checkpoints, price) => {
  expect(rateFromCheckpoints(checkpoints, at(0, price))).toBeUndefined();
});

it('is negative after a loss, and zero at an unchanged price', () => {
  expect(rateFromCheckpoints([at(73, '1')], at(0, '0.99'))).toBe(e18('-0.05'));
  expect(rateFromCheckpoints([at(73, '1')], at(0, '1'))).toBe(0n);
});

it('rejects an exchange rate', () => {
  expect(vaultRate(e18('0.04'))).toBe(e18('0.04'));
  expect(vaultRate(e18('1.07'))).toBeUndefined();
  expect(vaultRate(undefined)).toBeUndefined();
});
