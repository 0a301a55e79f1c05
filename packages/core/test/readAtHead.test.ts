import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Anvil, installMulticall3, type RpcProxy, startAnvil, startProxy } from '@service-bots/devnet';
import { Interface } from 'ethers';
import {
  type BatchReader,
  contractRead,
  createBatchReader,
  FailoverProvider,
  multicall3,
  readAtHead,
} from '../src/rpc/index.ts';

const abi = new Interface(['function number() view returns (uint256)']);
/** A contract that returns the block's number: NUMBER PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN. */
const counting = `0x${'55'.repeat(20)}`;
/** JUMPDEST PUSH1 0 JUMP: burns all of the gas. */
const burning = `0x${'66'.repeat(20)}`;
/** The same as the first, after 25 writes: it takes more gas than a call that burns its gas leaves. */
const dear = `0x${'33'.repeat(20)}`;
const writes = Array.from({ length: 25 }, (_, slot) => `600160${slot.toString(16).padStart(2, '0')}55`).join(
  '',
);
const nobody = `0x${'77'.repeat(20)}`;
const read = contractRead<bigint>(abi, { target: counting, method: 'number' });

let anvil: Anvil;
let proxy: RpcProxy;
let provider: FailoverProvider;
let reader: BatchReader;
beforeAll(async () => {
  anvil = await startAnvil();
  await installMulticall3(anvil);
  await anvil.send('anvil_setCode', [counting, '0x4360005260206000f3']);
  await anvil.send('anvil_setCode', [burning, '0x5b600056']);
  await anvil.send('anvil_setCode', [dear, `0x${writes}4360005260206000f3`]);
  await anvil.time.mine(3);
  proxy = await startProxy(anvil);
  const address = { label: 'anvil', url: { reveal: () => proxy.rpcUrl } };
  provider = await FailoverProvider.connect([address], undefined, { options: { callMs: 2_000 } });
  reader = await createBatchReader(provider);
});
beforeEach(() => {
  proxy.behave('pass');
  proxy.intercept(undefined);
  proxy.resetCounts();
});
afterAll(async () => {
  provider.destroy();
  await proxy.close();
  await anvil.stop();
});

const valueAt = (number: number) => ({ ok: true, value: BigInt(number) });

describe('readAtHead', () => {
  it('default: the head, and the reads at it, in one request', async () => {
    const { number, hash, timestamp } = await anvil.time.mine();
    const balance = reader.balanceOf(multicall3);
    if (!balance) throw new Error('no read');
    const reading = await readAtHead(provider, reader, [read, balance, read]);
    expect(reading.block).toMatchObject({ number, hash, timestamp });
    expect(reading.results).toEqual([valueAt(number), { ok: true, value: 0n }, valueAt(number)]);
    expect(proxy.httpRequests).toBe(1);
  });

  it('behavior: with nothing to read it is the head', async () => {
    const { number } = await anvil.time.mine();
    expect(await readAtHead(provider, reader, [])).toMatchObject({ block: { number }, results: [] });
  });

  it('behavior: when a block comes in between, the reads are made again at the head that was told', async () => {
    const before = await anvil.send('eth_getBlockByNumber', ['latest', false]);
    const { number } = await anvil.time.latest();
    await anvil.time.mine();
    proxy.intercept(({ method }) => (method === 'eth_getBlockByNumber' ? { result: before } : undefined));
    const { block, results } = await readAtHead(provider, reader, [read]);
    expect(block.number).toBe(number);
    expect(results).toEqual([valueAt(number)]);
    expect(proxy.httpRequests).toBe(2);
  });

  it('behavior: reads again when the aggregate saw another block of that number', async () => {
    const head = (await anvil.send('eth_getBlockByNumber', ['latest', false])) as Record<string, string>;
    const forked = { ...head, parentHash: `0x${'99'.repeat(32)}` };
    proxy.intercept(({ method }) => (method === 'eth_getBlockByNumber' ? { result: forked } : undefined));
    const { results } = await readAtHead(provider, reader, [read]);
    expect(results).toEqual([valueAt(Number(head.number))]);
    // Two requests are about the head, whose hash is not that of its fields.
    expect(proxy.httpRequests).toBe(4);
  });

  it('behavior: reads that burn all the gas do not keep the others from being read', async () => {
    const { number } = await anvil.time.latest();
    const burn = contractRead<bigint>(abi, { target: burning, method: 'number' });
    // A call may burn 63 of 64 parts of the remaining gas: after six calls none is left.
    const { results } = await readAtHead(provider, reader, [...Array(6).fill(burn), read]);
    expect(results.slice(0, -1).some(({ ok }) => ok)).toBe(false);
    expect(results.at(-1)).toEqual(valueAt(number));
  });

  it('behavior: repeats a read that another one left too little gas', async () => {
    const { number } = await anvil.time.latest();
    const reads = [burning, dear].map(target => contractRead<bigint>(abi, { target, method: 'number' }));
    const { results } = await readAtHead(provider, reader, reads);
    expect(results).toEqual([{ ok: false, reason: expect.any(String) }, valueAt(number)]);
  });

  it('behavior: an address without code has an outcome of its own', async () => {
    const { number } = await anvil.time.latest();
    const { results } = await readAtHead(provider, reader, [
      contractRead(abi, { target: nobody, method: 'number' }),
      read,
    ]);
    expect(results).toEqual([
      { ok: false, reason: 'number() returned nothing: no such contract or method', unusable: true },
      valueAt(number),
    ]);
  });

  it('behavior: where the node refuses the aggregate, the reads follow in another request', async () => {
    const { number } = await anvil.time.latest();
    const refusal = { code: -32_000, message: 'out of gas' };
    let isFirst = true;
    proxy.intercept(({ method }) => {
      if (method !== 'eth_call' || !isFirst) return undefined;
      isFirst = false;
      return { error: refusal };
    });
    const { block, results } = await readAtHead(provider, reader, [read]);
    expect([block.number, results]).toEqual([number, [valueAt(number)]]);
  });

  it('behavior: without Multicall3 it takes the head first, and then the reads at its hash', async () => {
    proxy.intercept(({ method }) => (method === 'eth_getCode' ? { result: '0x' } : undefined));
    const without = await createBatchReader(provider);
    proxy.intercept(undefined);
    proxy.resetCounts();
    const { number } = await anvil.time.latest();
    const { block, results } = await readAtHead(provider, without, [read, read]);
    expect([block.number, results]).toEqual([number, [valueAt(number), valueAt(number)]]);
    expect([proxy.httpRequests, proxy.callCount('eth_call')]).toEqual([2, 2]);
  });

  it('behavior: more than a thousand reads are left to be divided as the endpoint wants', async () => {
    const { number } = await anvil.time.latest();
    const { results } = await readAtHead(
      provider,
      reader,
      Array.from({ length: 1_001 }, () => read),
    );
    expect(results).toHaveLength(1_001);
    expect(results[1_000]).toEqual(valueAt(number));
    expect(proxy.httpRequests).toBe(2);
  });

  it('behavior: requests no more reads at once than the endpoint accepts', async () => {
    const { number } = await anvil.time.latest();
    const address = { label: 'free', url: { reveal: () => proxy.rpcUrl }, allowance: { batchSize: 5 } };
    const free = await FailoverProvider.connect([address], undefined, { options: { callMs: 2_000 } });
    proxy.resetCounts();
    const { results } = await readAtHead(free, await createBatchReader(free), Array(10).fill(read));
    expect(results).toEqual(Array(10).fill(valueAt(number)));
    expect(proxy.callCount('eth_call')).toBe(2);
    free.destroy();
  });

  it('behavior: when no node answers, nothing is taken for an answer', async () => {
    proxy.behave('fail');
    await expect(readAtHead(provider, reader, [read])).rejects.toThrow('no RPC endpoint answered');
  });
});
