import { describe, expect, it } from '@jest/globals';
import { hexlify, Interface } from 'ethers';
import fc from 'fast-check';
import { decodeAggregate3, encodeAggregate3 } from './aggregate3.ts';

const abi = new Interface([
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls) view returns ((bool success, bytes returnData)[])',
]);
const bytes = fc.uint8Array({ maxLength: 200 }).map(data => hexlify(data));
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(data => hexlify(data));

describe('aggregate3 by hand', () => {
  it('writes what ethers writes', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ target: address, data: bytes })), calls => {
        const expected = abi.encodeFunctionData('aggregate3', [
          calls.map(({ target, data }) => [target, true, data]),
        ]);
        expect(encodeAggregate3(calls)).toBe(expected);
      }),
    );
  });

  it('reads what ethers writes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), bytes)), results => {
        const returned = abi.encodeFunctionResult('aggregate3', [results]);
        expect(decodeAggregate3(returned, results.length)).toEqual(results);
      }),
    );
  });

  it('refuses an answer that is cut short anywhere', () => {
    const returned = abi.encodeFunctionResult('aggregate3', [[[true, `0x${'12'.repeat(40)}`]]]);
    // Every length is tried, except the last bytes, which are padding.
    for (let end = 2; end < returned.length - 48; end += 2) {
      expect(() => decodeAggregate3(returned.slice(0, end), 1)).toThrow(/Multicall3/);
    }
  });

  it('refuses an answer to another number of calls, and one with absurd lengths', () => {
    const returned = abi.encodeFunctionResult('aggregate3', [[[true, '0x']]]);
    expect(() => decodeAggregate3(returned, 2)).toThrow('Multicall3 did not answer 2 calls');
    expect(() => decodeAggregate3(`0x${'ff'.repeat(32 * 8)}`, 1)).toThrow('malformed');
  });
});
