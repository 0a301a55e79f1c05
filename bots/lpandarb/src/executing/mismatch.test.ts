import { describe, expect, it } from '@jest/globals';
import { Interface, zeroPadValue } from 'ethers';
import { mismatchIn } from './execute.ts';

const transfer = new Interface(['event Transfer(address indexed from, address indexed to, uint256 value)']);
const address = (digit: string) => `0x${digit.repeat(40)}`;
const [token, other, wallet, pool, vault] = ['a', 'b', 'c', 'd', 'e'].map(address) as [
  string,
  string,
  string,
  string,
  string,
];
const moved = (from: string, to: string, value: bigint, at = token) =>
  ({
    address: at,
    topics: [transfer.getEvent('Transfer')?.topicHash, zeroPadValue(from, 32), zeroPadValue(to, 32)],
    data: `0x${value.toString(16).padStart(64, '0')}`,
  }) as never;
const of = (logs: never[], paid: bigint, received: bigint) =>
  mismatchIn(
    { logs },
    {
      settlement: { token, isRebasing: false },
      wallet,
      trade: {
        change: received - paid,
        vaultSharePrice: 10n ** 18n,
      },
    },
  );

describe('mismatchIn', () => {
  it('returns undefined when the wallet and the pool agree, with any other transfers', () => {
    const logs = [moved(wallet, pool, 70n), moved(pool, vault, 70n), moved(vault, wallet, 999n, other)];
    expect(of(logs, 70n, 0n)).toBeUndefined();
    expect(of([moved(vault, wallet, 30n)], 0n, 30n)).toBeUndefined();
    expect(of([moved(wallet, pool, 70n), moved(pool, wallet, 5n)], 65n, 0n)).toBeUndefined();
  });

  it.each([
    ['a fee on the way in', [moved(vault, wallet, 29n)], 0n, 30n],
    ['a pool that pays nothing', [], 0n, 30n],
    ['a pool that takes more', [moved(wallet, pool, 71n)], 70n, 0n],
    ['a pool that takes twice', [moved(wallet, pool, 70n), moved(wallet, other, 70n)], 70n, 0n],
  ])('is one for %s', (_, logs, paid, received) => {
    expect(of(logs as never[], paid, received)).toMatch(/changed by -?\d+ units, and the pool reports -?\d+/);
  });

  it.each([
    [63n, 65n, true],
    [76n, 65n, false],
    [10n, 0n, true],
    [11n, 0n, false],
  ])(
    'with a rebasing token, a difference of %s units in %s whole shares agrees: %s',
    (units, shares, agrees) => {
      const one = 10n ** 18n;
      const paid = shares * one + 7n;
      const settlement = { token, isRebasing: true };
      const trade = { change: -paid, vaultSharePrice: one };
      const found = mismatchIn({ logs: [moved(wallet, pool, paid + units)] }, { settlement, wallet, trade });
      expect(found === undefined).toBe(agrees);
    },
  );

  it('reports a transfer of the token that cannot be decoded', () => {
    const odd = { ...(moved(wallet, pool, 70n) as object), data: '0x' } as never;
    expect(of([odd], 70n, 0n)).toContain('cannot be decoded');
  });
});
