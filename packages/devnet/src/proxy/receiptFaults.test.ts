import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keccak256, Wallet } from 'ethers';
import { devAccounts, roles } from '../chain/accounts.ts';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { faults } from './faults.ts';
import { rawCall } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
let wallet: Wallet;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
  wallet = new Wallet(roles.bot.privateKey, anvil.provider);
});
afterEach(() => proxy.clearFault());
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});

async function signed(): Promise<string> {
  return wallet.signTransaction(await wallet.populateTransaction({ to: devAccounts[0].address, value: 1n }));
}
async function mined(): Promise<string> {
  const raw = await signed();
  await (await anvil.provider.broadcastTransaction(raw)).wait();
  return keccak256(raw);
}
const ask = async (method: string, ...params: unknown[]) =>
  (await rawCall(proxy.rpcUrl, method, params)).json();

describe('receipts', () => {
  it('late-receipts: null by hash until so many blocks have come, while the block lists the transaction', async () => {
    await proxy.setFault(faults.lateReceipts(2));
    const hash = await mined();
    const block = await ask('eth_getBlockByNumber', 'latest', false);
    expect((block.result as { transactions: string[] }).transactions).toEqual([hash]);
    expect((await ask('eth_getTransactionReceipt', hash)).result).toBeNull();
    expect((await ask('eth_getTransactionByHash', hash)).result).toBeNull();
    expect((await ask('eth_getBlockReceipts', 'latest')).error?.code).toBe(-32601);
    await anvil.time.mine(2);
    expect((await ask('eth_getTransactionReceipt', hash)).result).toMatchObject({ transactionHash: hash });
  });

  it('misplaced-receipts: of a block that is not the canonical one', async () => {
    await proxy.setFault(faults.misplacedReceipts);
    const hash = await mined();
    const { result } = await ask('eth_getTransactionReceipt', hash);
    expect(result).toMatchObject({ transactionHash: hash, blockHash: `0x${'ab'.repeat(32)}` });
  });
});

describe('fees and estimates', () => {
  it('suggests-tip: whatever it is', async () => {
    for (const tip of ['0x9184e72a000', '0x0', null, 'text']) {
      await proxy.setFault(faults.suggestsTip(tip));
      expect((await ask('eth_maxPriorityFeePerGas')).result).toBe(tip);
    }
  });

  it('no-estimate-at-hash: an estimate at a number is answered, one at a hash is not', async () => {
    await proxy.setFault(faults.noEstimateAtHash);
    const call = { to: devAccounts[0].address };
    const { hash } = (await ask('eth_getBlockByNumber', 'latest', false)).result as { hash: string };
    expect((await ask('eth_estimateGas', call, 'latest')).result).toBe('0x5208');
    expect((await ask('eth_estimateGas', call, { blockHash: hash })).error?.code).toBe(-32602);
  });
});

describe('transactions', () => {
  it('refuses in these very words, and answers with these very results', async () => {
    await proxy.setFault(faults.refusesInWords('Signer had insufficient balance', -32603));
    const error = { code: -32603, message: 'Signer had insufficient balance' };
    expect((await ask('eth_sendRawTransaction', await signed())).error).toEqual(error);
    await proxy.setFault(faults.answersTransactions(null));
    expect((await ask('eth_sendRawTransaction', await signed())).result).toBeNull();
  });

  it('all-of: several faults at once, the first that has an answer', async () => {
    await proxy.setFault(
      faults.allOf(faults.suggestsTip('0x1'), faults.noFeeHistory, faults.suggestsTip('0x2')),
    );
    expect((await ask('eth_maxPriorityFeePerGas')).result).toBe('0x1');
    expect((await ask('eth_feeHistory', '0x1', 'latest', [])).error?.code).toBe(-32601);
    expect((await ask('eth_chainId')).result).toBe('0x7a69');
  });
});
