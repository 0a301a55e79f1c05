import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { JsonRpcPayload } from 'ethers';
import { FreshBlocks } from './FreshBlocks.ts';

const hash = `0x${'ab'.repeat(32)}`;
const notFound = [{ id: 1, error: { code: -32000, message: 'header not found' } }];
const ask = (method: string, ...params: unknown[]): JsonRpcPayload[] => [
  { jsonrpc: '2.0', id: 1, method, params },
];
const atHash = ask('eth_call', { to: '0x' }, { blockHash: hash });
const best = 100;
let nowMs: number;
let fresh: FreshBlocks;

beforeEach(() => {
  nowMs = 50_000;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  fresh = new FreshBlocks(2_000);
});
afterEach(() => void jest.restoreAllMocks());
/** How long a retry is worthwhile from now on, in ms. */
const worthMs = (payloads: JsonRpcPayload[], answers: { id: number }[] = notFound) =>
  Math.max(fresh.worthRetryingUntil(payloads, answers as never, { best, startedAtMs: nowMs }) - nowMs, 0);

describe('a block that no endpoint has', () => {
  it('is worth waiting for while its hash is new', () => {
    fresh.reported(hash);
    nowMs += 1_500;
    expect(worthMs(atHash)).toBe(3_500);
    nowMs += 3_500;
    expect(worthMs(atHash)).toBe(0);
  });

  it('is worth waiting for twice the time between blocks, where that is longer', () => {
    fresh = new FreshBlocks(12_000);
    fresh.reported(hash);
    expect(worthMs(atHash)).toBe(24_000);
  });

  it('is worth 3 s when no endpoint has reported its hash', () => expect(worthMs(atHash)).toBe(3_000));

  it.each([
    ['at a number that the head has passed', ask('eth_call', {}, '0x64'), 5_000],
    ['at the head', ask('eth_call', {}, 'latest'), 5_000],
    ['at a number beyond the head', ask('eth_call', {}, '0x65'), 0],
    ['logs by hash', ask('eth_getLogs', { blockHash: hash }), 3_000],
    ['logs to the head', ask('eth_getLogs', { fromBlock: '0x1', toBlock: '0x64' }), 5_000],
    ['logs beyond the head', ask('eth_getLogs', { fromBlock: '0x1', toBlock: '0x65' }), 0],
  ])('has the limit of its kind of request: %s', (_name, payloads, ms) => expect(worthMs(payloads)).toBe(ms));

  it.each([
    ['a result', ask('eth_call', {}, '0x64'), [{ id: 1, result: '0x' }]],
    [
      'another error',
      ask('eth_call', {}, '0x64'),
      [{ id: 1, error: { code: 3, message: 'execution reverted' } }],
    ],
    [
      'a state that was pruned',
      ask('eth_call', {}, '0x64'),
      [{ id: 1, error: { code: 4444, message: 'pruned history unavailable' } }],
    ],
    ['an unknown transaction', ask('eth_getTransactionReceipt', hash), [{ id: 1, result: null }]],
  ])('is not what is missing: %s', (_name, payloads, answers) => expect(worthMs(payloads, answers)).toBe(0));

  it('is missing where it is null itself', () =>
    expect(worthMs(ask('eth_getBlockByNumber', '0x64', false), [{ id: 1, result: null } as never])).toBe(
      5_000,
    ));
});
