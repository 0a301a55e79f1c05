import { describe, expect, it } from '@jest/globals';
import { formatUnits } from 'ethers';
import fc from 'fast-check';
import type { z } from 'zod';
import { ether, feeCapGwei, gwei, leastBalanceEther } from './amounts.ts';

const problem = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues[0]?.message;

describe('amounts', () => {
  it('default', () => {
    expect(gwei().parse('0.000000001')).toBe(1n);
    expect(gwei().parse('150')).toBe(150_000_000_000n);
    expect(ether().parse('0.2')).toBe(200_000_000_000_000_000n);
  });

  it.each([
    [gwei(), 9],
    [ether(), 18],
  ] as const)('behavior: every amount comes back exactly (%#)', (schema, decimals) => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 160n }), wei => {
        expect(schema.parse(formatUnits(wei, decimals))).toBe(wei);
      }),
    );
  });

  it('behavior: more decimals than the unit has are refused, not rounded', () => {
    expect(problem(gwei(), '1.0000000001')).toBe('has more than the 9 decimals gwei has');
    expect(problem(ether(), `0.${'0'.repeat(18)}1`)).toBe('has more than the 18 decimals ether has');
  });

  it.each(['-1', '1e9', '1,5', '.5', '5.', '1 gwei', '0x1', 'Infinity'])(
    'behavior: %j is no amount',
    text => {
      expect(problem(gwei(), text)).toMatch(/^is not an amount of gwei/);
    },
  );

  it.each(['0', '0.0', '0.000000000'])('behavior: a cap or a threshold of %j is refused', text => {
    expect(problem(feeCapGwei('nothing could be sent'), text)).toMatch(
      /^is 0: nothing could be sent; leave it out/,
    );
    expect(problem(leastBalanceEther(), text)).toMatch(/^is 0/);
  });

  it('behavior: an amount that was meant in wei is refused', () => {
    expect(feeCapGwei('').parse('150')).toBe(150_000_000_000n);
    expect(problem(feeCapGwei(''), '150000000000')).toMatch(/is it in wei/);
    expect(leastBalanceEther().parse('0.2')).toBe(200_000_000_000_000_000n);
    expect(problem(leastBalanceEther(), '200000000000000000')).toMatch(/is it in wei/);
  });
});
