import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Wallet } from 'ethers';
import { devAccounts } from '../chain/accounts.ts';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { faults } from './faults.ts';
import { rawCall } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
});
afterEach(() => proxy.clearFault());
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});
const resultOf = async (method: string, params: unknown[] = []) =>
  (await rawCall(proxy.rpcUrl, method, params)).json().result;

it('http-403-with-error: the status, and an error that is JSON-RPC', async () => {
  const error = { code: -32_000, message: 'the plan has expired' };
  await proxy.setFault(faults.httpWithError(403, error));
  const answer = await rawCall(proxy.rpcUrl, 'eth_chainId');
  expect([answer.status, answer.json().error]).toEqual([403, error]);
});

it('odd-result: of this method only', async () => {
  await proxy.setFault(faults.oddResult('eth_blockNumber', null));
  expect(await resultOf('eth_blockNumber')).toBeNull();
  expect(await resultOf('eth_chainId')).toBe('0x7a69');
});

it('odd-receipts and odd-blocks: the chain’s own, but for these fields', async () => {
  const [account] = devAccounts;
  const wallet = new Wallet(account?.privateKey ?? '', anvil.provider);
  const { hash } = await wallet.sendTransaction({ to: wallet.address });
  await anvil.provider.waitForTransaction(hash);
  await proxy.setFault(faults.oddReceipts({ contractAddress: '0x', effectiveGasPrice: undefined }));
  const receipt = await resultOf('eth_getTransactionReceipt', [hash]);
  expect(receipt).toMatchObject({ transactionHash: hash, contractAddress: '0x', status: '0x1' });
  expect(receipt).not.toHaveProperty('effectiveGasPrice');
  expect(await resultOf('eth_getTransactionReceipt', [`0x${'12'.repeat(32)}`])).toBeNull();
  await proxy.setFault(faults.oddBlocks({ baseFeePerGas: null }));
  expect(await resultOf('eth_getBlockByNumber', ['latest', false])).toMatchObject({
    number: expect.stringMatching(/^0x/),
    baseFeePerGas: null,
  });
});
