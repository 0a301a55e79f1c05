import { beforeEach, describe, expect, it } from '@jest/globals';
import { JsonRpcProvider } from 'ethers';
import { AllEndpointsFailed, type FailoverProvider } from '../rpc/index.ts';
import { broadcast, verdictOf } from './broadcast.ts';

/** What ethers makes of a node's answer to eth_sendRawTransaction. */
const ethers = new JsonRpcProvider('http://unused.invalid', 1, { staticNetwork: true });
function refusal(message: string, code = -32000): Error {
  const payload = { id: 1, jsonrpc: '2.0' as const, method: 'eth_sendRawTransaction', params: ['0x'] };
  return ethers.getRpcError(payload, { id: 1, error: { code, message } });
}

describe('verdictOf', () => {
  it.each([
    ['geth', 'already known'],
    ['older geth', 'known transaction: 0x1234'],
    ['Nethermind', 'AlreadyKnown'],
    ['Erigon', 'ALREADY_EXISTS: already known'],
    ['Besu', 'Known transaction'],
    ['anvil', 'transaction already imported'],
  ])('accepted: %s says "%s"', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('accepted');
  });

  it.each([
    ['geth and reth', 'nonce too low: next nonce 5, tx nonce 4'],
    ['Nethermind', 'OldNonce, Current nonce: 5, nonce of rejected tx: 4'],
    ['Erigon', 'INTERNAL_ERROR: nonce too low'],
    ['Besu', 'Nonce below current transaction account nonce'],
    ['anvil', 'nonce too low'],
  ])('nonce too low: %s says "%s"', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('nonce-too-low');
  });

  it.each([
    ['geth and reth', 'replacement transaction underpriced'],
    ['Nethermind', 'ReplacementNotAllowed'],
    ['Erigon', 'INTERNAL_ERROR: could not replace existing tx'],
    ['anvil', 'replacement transaction underpriced'],
  ])('replacement underpriced: %s says "%s"', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('replacement-underpriced');
  });

  it.each([
    ['geth', 'insufficient funds for gas * price + value: balance 0, tx cost 21000, overshot 21000'],
    ['reth', 'insufficient funds for gas * price + value: have 0 want 1'],
    ['Nethermind', 'InsufficientFunds, Account balance: 0, cumulative cost: 1'],
    ['Erigon', 'INTERNAL_ERROR: insufficient funds'],
    ['Besu', 'Upfront cost exceeds account balance'],
    ['anvil', 'Insufficient funds for gas * price + value'],
  ])('insufficient funds: %s says "%s"', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('insufficient-funds');
  });

  it.each([
    ['geth', 'max fee per gas less than block base fee: address 0x12, maxFeePerGas: 1, baseFee: 7'],
    ['geth', 'transaction underpriced: gas tip cap 0, minimum needed 1'],
    ['reth', 'transaction underpriced'],
    ['Nethermind', 'FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7'],
    ['Nethermind', 'FeeTooLowToCompete'],
    ['Erigon', 'INTERNAL_ERROR: underpriced'],
    ['anvil', 'max fee per gas less than block base fee'],
  ])('fee too low: %s says "%s"', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('fee-too-low');
  });

  it.each([
    ['geth', 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'],
    ['geth', 'exceeds block gas limit'],
    ['geth', 'intrinsic gas too low: gas 20000, minimum needed 21000'],
    ['geth', 'transaction type not supported'],
    ['anvil', 'intrinsic gas too low'],
  ])('refused for good: %s says "%s"', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('refused');
  });

  it.each([
    ['a full mempool', 'txpool is full'],
    ['the node’s own trouble', 'internal error'],
    ['a rate limit', 'daily request count exceeded, request rate limited'],
    ['a transaction nobody knows', 'unknown transaction'],
  ])('unknown: %s settles nothing', (_, message) => {
    expect(verdictOf(refusal(message))).toBe('unknown');
  });

  it('unknown: no endpoint answered', () => {
    expect(verdictOf(new AllEndpointsFailed([new Error('nonce too low is in a host name')]))).toBe('unknown');
  });
});

describe('broadcast', () => {
  const answering = (answers: Record<string, unknown>) =>
    ({
      async send(method: string) {
        sent.push(method);
        const answer = answers[method];
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }) as unknown as FailoverProvider;
  let sent: string[] = [];
  beforeEach(() => {
    sent = [];
  });

  it('default: what the node takes is accepted', async () => {
    expect(await broadcast({ provider: answering({ eth_sendRawTransaction: '0x12' }) }, '0x02')).toEqual({
      verdict: 'accepted',
    });
  });

  it('behavior: nothing leaves past a fence that is shut', async () => {
    const provider = answering({ eth_sendRawTransaction: '0x12' });
    const fence = async () => {
      throw new Error('not any more');
    };
    await expect(broadcast({ provider, fence }, '0x02')).rejects.toThrow('not any more');
    expect(sent).toEqual([]);
  });

  it('behavior: a refusal counts for nothing when a node has the transaction', async () => {
    const provider = answering({
      eth_sendRawTransaction: refusal('nonce too low'),
      eth_getTransactionByHash: { hash: '0x12' },
    });
    expect((await broadcast({ provider }, '0x02')).verdict).toBe('accepted');
  });

  it('behavior: a refusal is believed when no node has the transaction, and what it said is kept', async () => {
    const provider = answering({
      eth_sendRawTransaction: refusal('nonce too low: next nonce 5'),
      eth_getTransactionByHash: null,
    });
    expect(await broadcast({ provider }, '0x02')).toEqual({
      verdict: 'nonce-too-low',
      said: 'nonce too low: next nonce 5',
    });
  });

  it('behavior: the outcome is unknown when nobody can say whether a node has it', async () => {
    const provider = answering({
      eth_sendRawTransaction: refusal('nonce too low'),
      eth_getTransactionByHash: new AllEndpointsFailed([]),
    });
    expect((await broadcast({ provider }, '0x02')).verdict).toBe('unknown');
  });
});
