import { expect, it } from '@jest/globals';
import { parseUnits } from 'ethers';
import { capitalInRead, poolLimits, type TradingConfig } from './poolLimits.ts';

const unit = (whole: string) => parseUnits(whole, 6);
const settlement = { token: '0xbb', asBase: true, isRebasing: false, account: '0xbb' };
const pool = (address: string, account = '0xbb') => ({
  address,
  name: `pool ${address}`,
  decimals: 6,
  settlement: { ...settlement, account },
});
const figure = (usual: string) => ({ usual, named: new Map<string, string>() });
const config = (changes: object) =>
  ({
    CAPITAL_PER_POOL: figure('50'),
    NATIVE_IN_BASE: figure('4000'),
    ...changes,
  }) as unknown as TradingConfig;
const [a, b, other] = [pool('0xa'), pool('0xb'), pool('0xc', '0xcc')];
const all = [a, b, other];

it('counts a pool that could not be read with the most that it may hold', () => {
  const limited = config({ CAPITAL_IN_ALL: '60' });
  expect(capitalInRead(limited, all, { account: '0xbb', unread: [] })).toBe(unit('60'));
  expect(capitalInRead(limited, all, { account: '0xbb', unread: [a.address] })).toBe(unit('10'));
  expect(capitalInRead(limited, all, { account: '0xbb', unread: [a.address, b.address] })).toBe(0n);
  // A pool of another token does not count; a pool that was never read may be of any token.
  expect(capitalInRead(limited, all, { account: '0xbb', unread: [other.address] })).toBe(unit('60'));
  expect(capitalInRead(limited, all, { account: '0xbb', unread: ['0xd'] })).toBe(unit('10'));
});

it('needs no such care where each pool has a capital of its own alone', () => {
  expect(capitalInRead(config({}), all, { account: '0xbb', unread: [a.address] })).toBe(unit('100'));
});

it('refuses a price of gas that is no unit of the base', () => {
  const terms = config({ NATIVE_IN_BASE: figure('0.0000001') });
  expect(() => poolLimits(terms, a, { priceWei: 1n, firstLayerWei: 0n })).toThrow(
    'gas would count as free; give a figure of at least 0.000001',
  );
});
