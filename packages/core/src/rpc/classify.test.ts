import { describe, expect, it } from '@jest/globals';
import { allowedRate, allowedSize, classifyError, retryAfterMs, saysReverted } from './classify.ts';

describe('what an error means', () => {
  it.each([
    [3, 'execution reverted: nope', 'answer'],
    [-32000, 'execution reverted', 'answer'],
    [-32603, 'VM Exception while processing transaction: revert', 'answer'],
    [-32603, 'EVM error OutOfGas', 'answer'],
    [-32000, 'nonce too low', 'answer'],
    [-32000, 'insufficient funds for gas * price + value', 'answer'],
    [-32602, 'invalid argument 0: hex string without 0x prefix', 'answer'],
    [-32005, 'limit exceeded', 'rate-limit'],
    [-32007, '50/second request limit reached - reduce calls per second', 'rate-limit'],
    [429, 'Your app has exceeded its compute units per second capacity', 'rate-limit'],
    [-32000, 'Too Many Requests', 'rate-limit'],
    [-32005, 'query returned more than 10000 results', 'too-large'],
    [-32600, 'eth_getLogs block range too large, range: 5000, max: 1000', 'too-large'],
    [-32000, 'exceed maximum block range: 1000', 'too-large'],
    [-32000, 'batch too large', 'too-large'],
    [-32614, 'eth_getLogs is limited to a 10,000 range', 'too-large'],
    [-32600, 'Too many ["eth_getLogs"] methods in the batch', 'too-large'],
    [-32014, 'too many RPC calls in batch request', 'too-large'],
    [31, 'Batch of more than 3 requests are not allowed on free tier', 'too-large'],
    [-32020, 'backend response too large', 'too-large'],
    [-32000, 'header not found', 'missing-block'],
    [-32000, 'missing trie node 0123 (path ) state 0x45 is not available', 'missing-block'],
    [-32001, 'block not found', 'missing-block'],
    [-32603, 'Internal error', 'node-error'],
    [-32601, 'the method eth_foo does not exist/is not available', 'unsupported'],
  ])('%d "%s" is %s', (code, message, kind) => {
    expect(classifyError({ code, message })).toBe(kind);
  });
});

describe('whether the contract refused', () => {
  it.each([
    [3, 'execution reverted: nope', true],
    [-32000, 'execution reverted', true],
    [-32000, 'Execution reverted', true],
    [-32015, 'VM execution error.', true],
    [-32603, 'VM Exception while processing transaction: revert', true],
    [-32000, 'invalid opcode: INVALID', true],
    [-32000, 'out of gas', false],
    [-32000, 'header not found', false],
    [-32603, 'Internal error', false],
  ])('%d "%s": %s', (code, message, reverted) => {
    expect(saysReverted({ code, message })).toBe(reverted);
  });
});

describe('Retry-After', () => {
  it('is in seconds, not milliseconds', () => expect(retryAfterMs('2', 0)).toBe(2_000));
  it('may be a date', () => expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000));
  it('in the past means now', () => expect(retryAfterMs('Thu, 01 Jan 1970 00:00:01 GMT', 4_000)).toBe(0));
  it('that makes no sense is none', () => expect(retryAfterMs('soon', 0)).toBeUndefined());
  it('is often not there', () => expect(retryAfterMs(undefined, 0)).toBeUndefined());
});

describe('the size a provider allows', () => {
  it.each([
    ['exceed maximum block range: 1000', 1_000],
    ['eth_getLogs is limited to a 10,000 range', 10_000],
    ['block range is too wide, maximum of 5000 blocks', 5_000],
    ['eth_getLogs block range too large, range: 20000, max: 1000', 1_000],
    ['range 20000 exceeds limit of 10000', 10_000],
    [
      'You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this block range should work: [0x64, 0x257]',
      500,
    ],
    ['Batch of more than 3 requests are not allowed on free tier', 3],
    ['query returned more than 10000 results', undefined],
    ['query exceeds max results 10000, retry with the range 100-200', undefined],
    ['range too large', undefined],
  ])('of 20,000, "%s" → %p', (message, size) => expect(allowedSize(message, 20_000)).toBe(size));
});

describe('the rate a provider allows', () => {
  it.each([
    ['50/second request limit reached - reduce calls per second', 50],
    ['rate limit: 25 requests per second', 25],
    ['too many requests, limit is 10 per sec', 10],
    ['limit exceeded', undefined],
    ['compute units per second capacity', undefined],
  ])('"%s" → %p', (message, rate) => expect(allowedRate(message)).toBe(rate));
});
