import { describe, expect, it } from '@jest/globals';
import { AbiCoder } from 'ethers';
import { revertReason } from './readResult.ts';

const encode = (selector: string, types: string[], values: unknown[]) =>
  selector + AbiCoder.defaultAbiCoder().encode(types, values).slice(2);

describe('revertReason', () => {
  it.each([
    ['no data', undefined, 'the call reverted without a reason'],
    ['empty data', '0x', 'the call reverted without a reason'],
    ['what is no data', 'execution reverted', 'the call reverted without a reason'],
    [
      'a reason in words',
      encode('0x08c379a0', ['string'], ['vault paused']),
      'the call reverted: "vault paused"',
    ],
    [
      'control characters in it',
      encode('0x08c379a0', ['string'], ['a\u0000b\n']),
      'the call reverted: "a\\u0000b\\n"',
    ],
    [
      'a division by zero',
      encode('0x4e487b71', ['uint256'], [18n]),
      'the call reverted: division by zero inside the contract',
    ],
    ['an overflow', encode('0x4e487b71', ['uint256'], [17n]), 'the call reverted: arithmetic overflow'],
    ['a rare panic', encode('0x4e487b71', ['uint256'], [81n]), 'the call reverted: panic 81'],
    ['an error of its own', '0xdeadbeef', 'the call reverted (0xdeadbeef)'],
    ['a reason that does not decode', '0x08c379a0ff', 'the call reverted (0x08c379a0)'],
    ['fewer bytes than a selector', '0xab', 'the call reverted (0xab)'],
  ])('describes %s', (_, data, text) => {
    expect(revertReason(data)).toBe(text);
  });

  it('names the errors that the ABI knows', () => {
    expect(revertReason('0xdeadbeef', () => 'PoolIsPaused')).toBe('the call reverted with PoolIsPaused()');
  });

  it('shortens a reason of any length', () => {
    const text = revertReason(encode('0x08c379a0', ['string'], ['x'.repeat(10_000)]));
    expect(text.length).toBeLessThan(160);
  });
});
