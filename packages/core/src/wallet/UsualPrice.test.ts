import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isWaitedOut, UsualPrice } from './UsualPrice.ts';

const chain = { defaultTipWei: 2n };
const wei = fc.bigInt({ min: 0n, max: 10n ** 15n });
const anyMs = fc.oneof(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constantFrom(Number.NaN, 0));

describe('isWaitedOut', () => {
  it('never waits without time left, nor where the usual price is not known', () => {
    fc.assert(
      fc.property(wei, wei, anyMs, (price, usual, ms) => {
        if (!(ms > 0))
          expect(isWaitedOut({ baseFeeWei: price, usualBaseFeeWei: usual, patienceMs: ms, chain })).toBe(
            false,
          );
        expect(isWaitedOut({ baseFeeWei: price, usualBaseFeeWei: undefined, patienceMs: ms, chain })).toBe(
          false,
        );
      }),
    );
  });

  it('never waits at five times the usual price or less, and waits at more', () => {
    fc.assert(
      fc.property(wei, fc.bigInt({ min: 0n, max: 200n }), fc.integer({ min: 1 }), (usual, tenths, ms) => {
        const price = ((usual + chain.defaultTipWei) * tenths) / 10n;
        const isFarAbove = price > (usual + chain.defaultTipWei) * 5n;
        expect(isWaitedOut({ baseFeeWei: price, usualBaseFeeWei: usual, patienceMs: ms, chain })).toBe(
          isFarAbove,
        );
      }),
    );
  });

  it('waits at every price above one that is waited out, and where the usual price is lower', () => {
    fc.assert(
      fc.property(wei, wei, wei, (price, usual, more) => {
        if (!isWaitedOut({ baseFeeWei: price, usualBaseFeeWei: usual, patienceMs: 1, chain })) return;
        expect(isWaitedOut({ baseFeeWei: price + more, usualBaseFeeWei: usual, patienceMs: 1, chain })).toBe(
          true,
        );
        expect(
          isWaitedOut({
            baseFeeWei: price,
            usualBaseFeeWei: usual > more ? usual - more : 0n,
            patienceMs: 1,
            chain,
          }),
        ).toBe(true);
      }),
    );
  });
});

describe('UsualPrice', () => {
  function usual(histories: readonly unknown[]) {
    let nowMs = 0;
    let asked = 0;
    const send = async () => {
      const history = histories[Math.min(asked, histories.length - 1)];
      asked += 1;
      if (history instanceof Error) throw history;
      return history;
    };
    const price = new UsualPrice({ send }, () => nowMs);
    return {
      after: (ms: number) => {
        nowMs += ms;
        return price.baseFeeWei();
      },
      asked: () => asked,
    };
  }
  const blocks = (...fees: number[]) => ({ baseFeePerGas: fees.map(fee => `0x${fee.toString(16)}`) });

  it('is the lower quartile of the last blocks', async () => {
    expect(await usual([blocks(10, 10, 900, 900, 900, 900)]).after(0)).toBe(10n);
  });

  it('stays as it was while a rise lasts, for ten minutes', async () => {
    const { after } = usual([blocks(10), blocks(900)]);
    expect(await after(0)).toBe(10n);
    expect(await after(300_000)).toBe(10n);
    expect(await after(299_999)).toBe(10n);
    expect(await after(2_000)).toBe(900n);
  });

  it('is read once a second at most, and once for calls that ask at the same time', async () => {
    const { after, asked } = usual([blocks(10)]);
    await Promise.all([after(0), after(0), after(0)]);
    await after(999);
    expect(asked()).toBe(1);
    await after(1);
    expect(asked()).toBe(2);
  });

  it.each([
    ['an error', new Error('no such method')],
    ['null', null],
    ['no blocks', { baseFeePerGas: [] }],
    ['a text', 'cheap'],
    ['a number that is none', { baseFeePerGas: ['0x5', null] }],
  ])('is not known where nodes answer %s, and the last known price counts', async (_, odd) => {
    expect(await usual([odd]).after(0)).toBeUndefined();
    const { after } = usual([blocks(10), odd]);
    await after(0);
    expect(await after(5_000)).toBe(10n);
  });
});
