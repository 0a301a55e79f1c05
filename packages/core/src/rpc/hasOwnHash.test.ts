import { describe, expect, it } from '@jest/globals';
import { hasOwnHash } from './header.ts';

/** Mainnet's genesis block: https://etherscan.io/block/0. */
const genesis = {
  number: '0x0',
  hash: '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
  parentHash: `0x${'00'.repeat(32)}`,
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: `0x${'00'.repeat(20)}`,
  stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x400000000',
  gasLimit: '0x1388',
  gasUsed: '0x0',
  timestamp: '0x0',
  extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
  mixHash: `0x${'00'.repeat(32)}`,
  nonce: '0x0000000000000042',
};

describe('hasOwnHash', () => {
  it('default: the hash of a block is that of its header', () => {
    expect(hasOwnHash(genesis)).toBe(true);
    expect(hasOwnHash({ ...genesis, transactions: [], size: '0x21c' })).toBe(true);
  });

  it.each<[string, object]>([
    ['another time', { timestamp: '0x1' }],
    ['another parent', { parentHash: `0x${'01'.repeat(32)}` }],
    ['another number', { number: '0x1' }],
    ['a base fee that it has not', { baseFeePerGas: '0x7' }],
    ['another hash', { hash: `0x${'01'.repeat(32)}` }],
    ['a field missing', { mixHash: undefined }],
    ['a field that is none', { gasLimit: 'many' }],
  ])('behavior: is not the hash of the header with %s', (_, change) => {
    expect(hasOwnHash({ ...genesis, ...change })).toBe(false);
  });

  it.each([null, 'text', {}, []])('behavior: %j has none', block => expect(hasOwnHash(block)).toBe(false));
});
