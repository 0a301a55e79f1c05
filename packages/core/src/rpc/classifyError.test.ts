import { describe, expect, it } from '@jest/globals';
import { allowedRate, allowedSize, classifyError, requestMeaning, saysReverted } from './classifyError.ts';

describe('classifyError', () => {
  it.each([
    // Reverts, by node.
    [3, 'execution reverted: nope', 'revert'],
    [-32000, 'execution reverted', 'revert'],
    [-32000, 'Execution reverted (Ownable: caller is not the owner)', 'revert'],
    [-32015, 'VM execution error.', 'revert'],
    [-32015, 'Transaction reverted', 'revert'],
    [-32603, 'VM Exception while processing transaction: revert', 'revert'],
    [-32603, "VM Exception while processing transaction: reverted with reason string 'no'", 'revert'],
    [-32603, 'Error: Transaction reverted without a reason string', 'revert'],
    [-32603, 'execution reverted', 'revert'],
    [-32005, 'execution reverted: rate limit exceeded', 'revert'],
    [-32000, 'execution reverted: block range too large', 'revert'],
    [-32000, '[Request ID: 5f] execution reverted: CONTRACT_REVERT_EXECUTED', 'revert'],
    [1, 'message execution failed (exit=[33], revert reason=[0x08c379a0], vm error=[Error(no)])', 'revert'],
    [-32000, 'invalid opcode: INVALID', 'revert'],
    [-32603, 'EVM error: InvalidFEOpcode', 'revert'],
    [-32000, 'stack underflow (0 <=> 1)', 'revert'],
    [-32000, 'invalid jump destination', 'revert'],
    [-32000, 'Bad instruction fe', 'revert'],
    // Errors about the request itself.
    [-32603, 'EVM error OutOfGas', 'request'],
    [-32000, 'out of gas', 'request'],
    [-32000, 'gas required exceeds allowance (30000000)', 'request'],
    [-32000, 'gas required exceeds allowance (550000000) or always failing transaction', 'request'],
    [-32000, 'intrinsic gas too low', 'request'],
    [-32005, 'Transaction gas limit exceeds block gas limit', 'request'],
    [-32000, 'insufficient funds for gas * price + value: address 0x1 have 0 want 1', 'request'],
    [-32000, 'Upfront cost exceeds account balance', 'request'],
    [-32000, 'max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1 baseFee: 2', 'request'],
    [-32000, 'nonce too low', 'request'],
    [-32602, 'invalid argument 0: hex string without 0x prefix', 'request'],
    [-32602, 'too many arguments, want at most 2', 'request'],
    [-32602, 'a wording of next year', 'request'],
    [3, 'a wording of next year', 'request'],
    [-32601, 'the method eth_foo does not exist/is not available', 'unsupported'],
    [-32000, 'Unsupported method: eth_getLogs on BASE_MAINNET', 'unsupported'],
    [-32000, 'this method is not whitelisted: method eth_call is not allowed', 'unsupported'],
    // Limits.
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
    // Blocks and states.
    [-32000, 'header not found', 'missing-block'],
    [-32001, 'block not found', 'missing-block'],
    [-32000, 'missing trie node 0123 (path ) state 0x45 is not available', 'pruned'],
    [4444, 'pruned history unavailable', 'pruned'],
    [-32000, 'state at block #21000000 is pruned', 'pruned'],
    [-32000, 'historical state 0xab is not available', 'pruned'],
    // All other errors.
    [-32603, 'Internal error', 'node-error'],
    [-32600, 'App is inactive', 'node-error'],
    [-32000, 'transaction indexing is in progress', 'node-error'],
    [-32000, 'context deadline exceeded', 'node-error'],
    [-32000, 'unexpected EOF', 'node-error'],
    [-32000, 'execution aborted (timeout = 5s)', 'node-error'],
    [-32011, 'no backend is currently healthy to serve traffic', 'node-error'],
    [-32046, 'Cannot fulfill request', 'node-error'],
    [-32000, 'the chain was reverted to an older block by a reorg', 'node-error'],
    [0, '', 'node-error'],
  ])('%d "%s" is %s', (code, message, kind) => {
    expect(classifyError({ code, message })).toBe(kind);
  });

  const notEnough = `0xcf479181${'00'.repeat(63)}05${'00'.repeat(31)}07`.slice(0, 10 + 128);
  it.each([
    ['a custom error in any words', { code: -32000, message: 'a wording of next year', data: notEnough }],
    ['an error without arguments', { code: -32603, message: 'Internal error', data: '0x6f7eac26' }],
    [
      'data within the data (hardhat)',
      { code: -32603, message: 'Internal error', data: { data: notEnough } },
    ],
    ['Parity’s data', { code: -32015, message: 'oops', data: `Reverted ${notEnough}` }],
    ['Nethermind’s data', { code: -32015, message: 'oops', data: 'revert' }],
    ['a revert without data', { code: 3, message: 'oops', data: '0x' }],
  ])('is a revert by its data: %s', (_, error) => {
    expect(classifyError(error)).toBe('revert');
  });

  it.each([
    ['a trace that is no revert', { code: -32000, message: 'oops', data: 'goroutine 1 [running]' }],
    ['a hash', { code: -32000, message: 'oops', data: `0x${'12'.repeat(32)}` }],
    ['no bytes', { code: -32000, message: 'oops', data: '0x' }],
  ])('is no revert by its data: %s', (_, error) => {
    expect(classifyError(error)).toBe('node-error');
  });
});

describe('requestMeaning', () => {
  it.each([
    ['insufficient funds for transfer', 'Upfront cost exceeds account balance'],
    ['out of gas', 'gas required exceeds allowance (50000000)'],
    ['nonce too low', 'Nonce below current account nonce'],
    ['max fee per gas less than block base fee', 'transaction underpriced'],
    ['invalid argument 0: json: cannot unmarshal', 'Invalid params'],
  ])('is the same: "%s" and "%s"', (a, b) => {
    const [meaning, other] = [a, b].map(message => requestMeaning({ code: -32000, message }));
    expect(meaning).toEqual(expect.any(String));
    expect(other).toBe(meaning);
  });

  it('is another for money than for gas', () => {
    const [funds, gas] = ['insufficient funds', 'out of gas'].map(message =>
      requestMeaning({ code: 0, message }),
    );
    expect(funds).not.toBe(gas);
  });
});

describe('saysReverted', () => {
  it.each([
    [3, 'execution reverted: nope', true],
    [-32000, 'execution reverted', true],
    [-32000, 'Execution reverted', true],
    [-32015, 'VM execution error.', true],
    [-32603, 'VM Exception while processing transaction: revert', true],
    [-32000, 'invalid opcode: INVALID', true],
    [-32000, 'out of gas', false],
    [-32015, 'VM execution error: OutOfGas', false],
    [-32000, 'header not found', false],
    [-32603, 'Internal error', false],
  ])('%d "%s": %s', (code, message, reverted) => {
    expect(saysReverted({ code, message })).toBe(reverted);
  });
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
