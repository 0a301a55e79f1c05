import { describe, expect, it } from '@jest/globals';
import { AbiCoder, Interface, JsonRpcProvider } from 'ethers';
import { AllEndpointsFailed } from '../rpc/index.ts';
import { describeRevert, revertDataOf, SimulationReverted, simulationError } from './revert.ts';

const abi = new Interface(['error InvalidCheckpointTime()', 'error TooMuch(uint256 wanted, address by)']);
const encode = (selector: string, types: string[], values: unknown[]) =>
  selector + AbiCoder.defaultAbiCoder().encode(types, values).slice(2);

describe('describeRevert', () => {
  it('default: the contract’s own error by its name', () => {
    const data = abi.encodeErrorResult('InvalidCheckpointTime');
    expect(describeRevert(data, abi)).toEqual({
      name: 'InvalidCheckpointTime',
      text: 'InvalidCheckpointTime()',
    });
  });

  it('behavior: with its arguments', () => {
    const by = `0x${'11'.repeat(20)}`;
    const data = abi.encodeErrorResult('TooMuch', [7n, by]);
    expect(describeRevert(data, abi).text).toBe(`TooMuch(7, ${by})`);
  });

  it.each([
    ['a reason in words', encode('0x08c379a0', ['string'], ['paused']), 'paused'],
    [
      'a reason with NUL, a terminal sequence, and writing from right to left',
      encode('0x08c379a0', ['string'], ['a\0b\u001b[31m\u202ec\nd']),
      'a\\u0000b\\u001b[31m\\u202ec\\nd',
    ],
    ['a panic', encode('0x4e487b71', ['uint256'], [17n]), 'panic 17'],
    ['nothing', '0x', 'the contract refuses it and gives no reason'],
    ['no data at all', undefined, 'the contract refuses it and gives no reason'],
    ['an error of another contract', '0xdeadbeef', 'unknown error 0xdeadbeef'],
    ['a reason that does not decode', '0x08c379a0ff', 'unknown error 0x08c379a0ff'],
  ])('behavior: %s', (_, data, text) => {
    expect(describeRevert(data, abi).text).toBe(text);
  });

  it('behavior: texts among the arguments of its own error are made safe to show', () => {
    const own = new Interface(['error Because(string why)']);
    const data = own.encodeErrorResult('Because', ['a\0\u202eb']);
    expect(describeRevert(data, own).text).toBe('Because(a\\u0000\\u202eb)');
  });

  it('behavior: a long reason is shortened', () => {
    const data = encode('0x08c379a0', ['string'], ['x'.repeat(10_000)]);
    expect(describeRevert(data, abi).text.length).toBeLessThan(250);
  });

  it('behavior: long unknown data is shortened', () => {
    expect(describeRevert(`0xdeadbeef${'00'.repeat(500)}`, abi).text.length).toBeLessThan(100);
  });
});

describe('revertDataOf', () => {
  const ethers = new JsonRpcProvider('http://unused.invalid', 1, { staticNetwork: true });
  const errorFor = (error: { code: number; message: string; data?: string }) =>
    ethers.getRpcError(
      { id: 1, jsonrpc: '2.0', method: 'eth_call', params: [{ to: `0x${'11'.repeat(20)}` }] },
      { id: 1, error },
    );

  it('default: a revert with its data', () => {
    const data = abi.encodeErrorResult('InvalidCheckpointTime');
    const error = errorFor({ code: 3, message: 'execution reverted', data });
    expect(revertDataOf(error)).toEqual({ reverted: true, data });
  });

  it('behavior: a revert without data', () => {
    expect(revertDataOf(errorFor({ code: -32000, message: 'execution reverted' })).reverted).toBe(true);
  });

  it.each([
    ['a rate limit', { code: -32005, message: 'request rate limited' }],
    ['a missing header', { code: -32000, message: 'header not found' }],
    ['an internal error', { code: -32603, message: 'internal error' }],
  ])('behavior: %s is not a revert', (_, error) => {
    expect(revertDataOf(errorFor(error)).reverted).toBe(false);
  });

  it('behavior: no answer is not a revert', () => {
    expect(revertDataOf(new AllEndpointsFailed([])).reverted).toBe(false);
  });

  it('behavior: puts the label and the reason into the error', () => {
    const data = abi.encodeErrorResult('InvalidCheckpointTime');
    const reverted = simulationError('mint A', errorFor({ code: 3, message: 'reverted', data }), abi);
    expect(reverted).toBeInstanceOf(SimulationReverted);
    expect(reverted.message).toBe('mint A would revert: InvalidCheckpointTime()');
    expect((reverted as SimulationReverted).error).toBe('InvalidCheckpointTime');
    const trouble = simulationError('mint A', new AllEndpointsFailed([]), abi);
    expect(trouble).not.toBeInstanceOf(SimulationReverted);
    expect(trouble.cause).toBeInstanceOf(AllEndpointsFailed);
  });
});
