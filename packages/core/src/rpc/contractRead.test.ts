import { describe, expect, it } from '@jest/globals';
import { Interface } from 'ethers';
import fc from 'fast-check';
import { contractMethod, contractRead } from './contractRead.ts';

const abi = new Interface([
  'function balance(uint256 id) view returns (uint256)',
  'function sum(uint128 a, uint8 b) view returns (uint256)',
  'function checkpoint(uint256 time) view returns ((uint128 weight, uint64 at, uint128 price))',
  'function name() view returns (string)',
  'function owner(address of) view returns (address)',
  'function pair() view returns (uint256 a, uint256 b)',
  'function debt() view returns (int256)',
  'function state() view returns ((uint128 reserves, int128 adjustment, bool isPaused, address owner))',
]);
const pool = `0x${'11'.repeat(20)}`;
const checksummed = '0xcA11bde05977b3631167028862bE2a173976CA11';
const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

describe('contractRead', () => {
  it('writes what ethers writes', () => {
    fc.assert(
      fc.property(uint(256), uint(128), uint(8), (id, a, b) => {
        expect(contractRead(abi, { target: pool, method: 'balance', args: [id] }).data).toBe(
          abi.encodeFunctionData('balance', [id]),
        );
        expect(contractRead(abi, { target: pool, method: 'sum', args: [a, b] }).data).toBe(
          abi.encodeFunctionData('sum', [a, b]),
        );
      }),
    );
    expect(contractRead(abi, { target: pool, method: 'owner', args: [pool] }).data).toBe(
      abi.encodeFunctionData('owner', [pool]),
    );
    expect(contractRead(abi, { target: pool, method: 'name' }).data).toBe(abi.encodeFunctionData('name'));
  });

  it('reads what ethers writes: numbers, structs of numbers, and everything else', () => {
    fc.assert(
      fc.property(uint(128), uint(64), uint(128), (weight, at, price) => {
        const returned = abi.encodeFunctionResult('checkpoint', [{ weight, at, price }]);
        expect(contractRead(abi, { target: pool, method: 'checkpoint', args: [1] }).decode(returned)).toEqual(
          { weight, at, price },
        );
        const number = abi.encodeFunctionResult('balance', [weight]);
        expect(contractRead(abi, { target: pool, method: 'balance', args: [1] }).decode(number)).toBe(weight);
      }),
    );
    const read = (method: string, values: unknown[]) =>
      contractMethod(abi, method)(pool).decode(abi.encodeFunctionResult(method, values));
    expect(read('name', ['sUSDe 182 days'])).toBe('sUSDe 182 days');
    expect(read('debt', [-5n])).toBe(-5n);
    expect([...(read('pair', [1n, 2n]) as Iterable<bigint>)]).toEqual([1n, 2n]);
  });

  it('makes a text that a contract returns safe to show', () => {
    const returned = abi.encodeFunctionResult('name', ['pool\0\u001b[2J\u202e\nforged line']);
    expect(contractRead(abi, { target: pool, method: 'name' }).decode(returned)).toBe(
      'pool\\u0000\\u001b[2J\\u202e\\nforged line',
    );
  });

  it('reads structs of signed numbers, yes-or-no and addresses', () => {
    fc.assert(
      fc.property(uint(127), fc.boolean(), fc.boolean(), (size, isNegative, isPaused) => {
        const state = { reserves: size, adjustment: isNegative ? -size : size, isPaused, owner: checksummed };
        const returned = abi.encodeFunctionResult('state', [state]);
        expect(contractRead(abi, { target: pool, method: 'state' }).decode(returned)).toEqual(state);
      }),
    );
    const returned = abi.encodeFunctionResult('owner', [checksummed]);
    expect(contractRead(abi, { target: pool, method: 'owner', args: [pool] }).decode(returned)).toBe(
      checksummed,
    );
  });

  it.each(['balance', 'checkpoint', 'name'])('refuses an answer to %s that is too short', method => {
    expect(() =>
      contractRead(abi, { target: pool, method, args: method === 'name' ? [] : [1] }).decode('0x1234'),
    ).toThrow();
  });

  it('says that nothing was returned where there is no contract', () => {
    expect(() => contractRead(abi, { target: pool, method: 'name' }).decode('0x')).toThrow(
      'name() returned nothing: no such contract or method',
    );
  });

  it('throws at once for a function that the ABI does not have', () => {
    expect(() => contractMethod(abi, 'nonsense')).toThrow('the ABI has no function nonsense');
  });
});
