import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Wallet } from 'ethers';
import { devAccounts, roles } from '../chain/accounts.ts';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { until } from '../until.ts';
import { faults } from './faults.ts';
import { rawCall, rawPost } from './rawHttp.ts';
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
const call = async (method: string, ...params: unknown[]) =>
  (await rawCall(proxy.rpcUrl, method, params)).json();
const { address } = devAccounts[0];
async function transfer() {
  const wallet = new Wallet(roles.bot.privateKey, anvil.provider);
  const { hash } = await wallet.sendTransaction({ to: address, value: 1n });
  return until('it is mined', () => anvil.provider.getTransactionReceipt(hash));
}
const hex = (value: number) => `0x${value.toString(16)}`;

describe('wrong-chain', () => {
  it('tells another id, keeps the rest, and takes no transaction of ours', async () => {
    await proxy.setFault(faults.wrongChain(5));
    expect((await call('eth_chainId')).result).toBe('0x5');
    expect((await call('net_version')).result).toBe('5');
    expect((await call('eth_getBalance', address, 'latest')).result).toMatch(/^0x/);
    const wallet = new Wallet(roles.bot.privateKey, anvil.provider);
    const raw = await wallet.signTransaction(await wallet.populateTransaction({ to: address }));
    const nonce = await wallet.getNonce();
    expect((await call('eth_sendRawTransaction', raw)).error).toEqual({
      code: -32000,
      message: 'invalid sender',
    });
    expect(await wallet.getNonce()).toBe(nonce);
    const batch = await rawPost(proxy.rpcUrl, [
      { jsonrpc: '2.0', id: 1, method: 'eth_blockNumber' },
      { jsonrpc: '2.0', id: 2, method: 'eth_chainId' },
    ]);
    expect(batch.json<{ result: string }[]>()[1]?.result).toBe('0x5');
  });
});

describe('stale', () => {
  it('is a node that many blocks behind: newer blocks and what is in them do not exist', async () => {
    await anvil.time.mine(5);
    const old = await transfer();
    const balanceThen = await anvil.provider.getBalance(address);
    await anvil.time.mine(2);
    const young = await transfer();
    const latest = (await anvil.time.latest()).number;
    expect(young.blockNumber).toBe(latest);
    const head = latest - 3;
    await proxy.setFault(faults.stale(3));

    expect((await call('eth_blockNumber')).result).toBe(hex(head));
    for (const tag of ['latest', 'pending', 'safe', 'finalized']) {
      const block = (await call('eth_getBlockByNumber', tag, false)).result as { number: string };
      expect(Number(block.number)).toBeLessThanOrEqual(head);
    }
    expect((await call('eth_getBlockByNumber', hex(head), false)).result).toMatchObject({
      number: hex(head),
    });
    expect((await call('eth_getBlockByNumber', hex(head + 1), false)).result).toBeNull();
    expect((await call('eth_getBlockByHash', young.blockHash, false)).result).toBeNull();
    expect((await call('eth_getBlockByHash', old.blockHash, false)).result).toMatchObject({
      number: hex(old.blockNumber),
    });
    expect((await call('eth_getBlockReceipts', hex(latest))).result).toBeNull();

    expect((await call('eth_getTransactionReceipt', young.hash)).result).toBeNull();
    expect((await call('eth_getTransactionByHash', young.hash)).result).toBeNull();
    expect((await call('eth_getTransactionReceipt', old.hash)).result).toMatchObject({ status: '0x1' });

    // State is that of the lagging head.
    expect(BigInt((await call('eth_getBalance', address, 'latest')).result as string)).toBe(balanceThen);
    expect(BigInt((await call('eth_getBalance', address)).result as string)).toBe(balanceThen);
    const nonce = await anvil.provider.getTransactionCount(roles.bot.address);
    expect(Number((await call('eth_getTransactionCount', roles.bot.address, 'latest')).result)).toBe(
      nonce - 1,
    );

    const missing = { code: -32000, message: 'header not found' };
    expect((await call('eth_call', { to: address }, 'latest')).result).toBe('0x');
    expect((await call('eth_call', { to: address }, hex(head + 1))).error).toEqual(missing);
    expect((await call('eth_call', { to: address }, { blockHash: young.blockHash })).error).toEqual(missing);
    expect((await call('eth_getBalance', address, hex(latest))).error).toEqual(missing);
    expect((await call('eth_estimateGas', { to: address })).result).toMatch(/^0x/);
    expect((await call('eth_feeHistory', '0x1', 'latest', [])).result).toMatchObject({
      oldestBlock: hex(head),
    });
    expect((await call('eth_feeHistory', '0x1', hex(latest), [])).error?.message).toMatch(/beyond head/);
  });

  it('never shows a newer block, whatever is asked while the chain goes on', async () => {
    const log = { address, fromBlock: '0x0', toBlock: 'latest' };
    await proxy.setFault(faults.stale(2));
    for (let round = 0; round < 10; round += 1) {
      await anvil.time.mine();
      const limit = (await anvil.time.latest()).number - 2;
      const seen = [
        await call('eth_blockNumber'),
        await call('eth_getBlockByNumber', 'latest', true),
        await call('eth_getLogs', log),
        await call('eth_getLogs', { fromBlock: hex(limit + 1), toBlock: hex(limit + 2) }),
      ];
      const numbers = [...JSON.stringify(seen).matchAll(/"(?:number|blockNumber)":"(0x[0-9a-f]+)"/g)];
      for (const [, number] of numbers) expect(Number(number)).toBeLessThanOrEqual(limit);
      expect(Number(seen[0]?.result)).toBe(limit);
    }
    expect((await call('eth_getFilterChanges', '0x1')).error?.message).toBe('filter not found');
  });

  it('frozen: stands still where it was set', async () => {
    const { number } = await anvil.time.latest();
    await proxy.setFault(faults.frozen);
    await anvil.time.mine(4);
    expect((await call('eth_blockNumber')).result).toBe(hex(number));
    await anvil.time.mine(4);
    expect((await call('eth_getBlockByNumber', 'latest', false)).result).toMatchObject({
      number: hex(number),
    });
    await proxy.setFault(faults.frozen);
    expect((await call('eth_blockNumber')).result).toBe(hex(number + 8));
  });

  it('error: frozen needs the chain', async () => {
    const gone = await startProxy({ rpcUrl: 'http://127.0.0.1:9' });
    await expect(gone.setFault(faults.frozen)).rejects.toThrow(/cannot be reached/);
    expect((await rawCall(gone.rpcUrl, 'eth_chainId')).status).toBe(502);
    await gone.setFault(faults.stale(1));
    expect((await rawCall(gone.rpcUrl, 'eth_chainId')).status).toBe(502);
    await gone.close();
  });
});

describe('unknown-transaction', () => {
  it('knows no transaction, or not these', async () => {
    const [one, two] = [await transfer(), await transfer()];
    await proxy.setFault(faults.unknownTransaction());
    expect((await call('eth_getTransactionReceipt', one.hash)).result).toBeNull();
    expect((await call('eth_getTransactionByHash', two.hash)).result).toBeNull();
    await proxy.setFault(faults.unknownTransaction([one.hash]));
    expect((await call('eth_getTransactionReceipt', one.hash)).result).toBeNull();
    expect((await call('eth_getTransactionReceipt', two.hash)).result).toMatchObject({ status: '0x1' });
  });
});
