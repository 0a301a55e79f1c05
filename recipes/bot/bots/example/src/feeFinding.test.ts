import { expect, it } from '@jest/globals';
import { feeFinding } from './feeFinding.ts';

const gwei = 1_000_000_000n;
const blockOf = (baseFeeWei: bigint | undefined) =>
  ({ number: 7, hash: '0x07', parentHash: '0x06', timestamp: 84, baseFeeWei }) as never;

it('finds nothing at the limit, or where a chain has no base fee', () => {
  expect(feeFinding(blockOf(50n * gwei), 50n * gwei)).toEqual({ check: 'fee-high', failing: false });
  expect(feeFinding(blockOf(undefined), 50n * gwei)).toEqual({ check: 'fee-high', failing: false });
});

it('fails a wei above the limit, and names fee, block and limit', () => {
  expect(feeFinding(blockOf(50n * gwei + 1n), 50n * gwei)).toEqual({
    check: 'fee-high',
    failing: true,
    message: 'the base fee is 50 gwei at block 7; at most 50 gwei are usual',
  });
});
