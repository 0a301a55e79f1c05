import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  type Devnet,
  deployHyperdrive,
  type RpcProxy,
  startAnvil,
  startProxy,
} from '@service-bots/devnet';
import { Interface } from 'ethers';
import {
  type BatchReader,
  contractRead,
  createBatchReader,
  FailoverProvider,
  multicall3,
} from '../src/rpc/index.ts';

const abi = new Interface([
  'function kind() view returns (string)',
  'function pair() view returns (uint256, uint256)',
]);
const nobody = `0x${'77'.repeat(20)}`;
/** PUSH1 0 PUSH1 0 REVERT */
const reverting = `0x${'88'.repeat(20)}`;
/** JUMPDEST PUSH1 0 JUMP: burns all of the gas. */
const burning = `0x${'66'.repeat(20)}`;
/** A contract that returns the block's number: NUMBER PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN. */
const counting = `0x${'55'.repeat(20)}`;
const numberAbi = new Interface(['function number() view returns (uint256)']);

let anvil: Anvil;
let devnet: Devnet;
let proxy: RpcProxy;
let provider: FailoverProvider;
let withMulticall: BatchReader;
let withoutMulticall: BatchReader;
beforeAll(async () => {
  anvil = await startAnvil();
  devnet = await deployHyperdrive(anvil);
  await anvil.send('anvil_setCode', [reverting, '0x60006000fd']);
  await anvil.send('anvil_setCode', [burning, '0x5b600056']);
  await anvil.send('anvil_setCode', [counting, '0x4360005260206000f3']);
  proxy = await startProxy(anvil);
  const address = { label: 'anvil', url: { reveal: () => proxy.rpcUrl } };
  provider = await FailoverProvider.connect([address], undefined, { options: { callMs: 2_500 } });
  withMulticall = await createBatchReader(provider);
  proxy.intercept(({ method }) => (method === 'eth_getCode' ? { result: '0x' } : undefined));
  withoutMulticall = await createBatchReader(provider);
});
beforeEach(() => {
  proxy.intercept(undefined);
  proxy.resetCounts();
});
afterAll(async () => {
  provider.destroy();
  await proxy.close();
  await devnet.close();
  await anvil.stop();
});

const readers = [
  ['through Multicall3', () => withMulticall],
  ['in a JSON-RPC batch, on a chain without it', () => withoutMulticall],
] as const;

const genesis = { number: 0, hash: `0x${'00'.repeat(32)}` };

describe.each(readers)('reading %s', (_, reader) => {
  it('default: successes, reverts and addresses without code, each with its own outcome, in one request', async () => {
    const pool = devnet.pools[0]?.address ?? '';
    const block = await anvil.time.latest();
    const results = await reader().read<unknown>(block, [
      contractRead(abi, { target: pool, method: 'kind' }),
      contractRead(abi, { target: reverting, method: 'kind' }),
      contractRead(abi, { target: nobody, method: 'kind' }),
      contractRead(abi, { target: pool, method: 'kind' }),
    ]);
    expect(results).toEqual([
      { ok: true, value: expect.any(String) },
      { ok: false, reason: expect.stringMatching(/revert/), reverted: true },
      { ok: false, reason: 'kind() returned nothing: no such contract or method', unusable: true },
      results[0],
    ]);
    // A second request is for the calls that failed without data, since another call may have used up their
    // gas.
    expect(proxy.httpRequests).toBeLessThanOrEqual(2);
  });

  it('behavior: a second opinion comes from the endpoint that was named', async () => {
    const other = await startProxy(anvil);
    const block = await anvil.time.latest();
    const addresses = [proxy, other].map(({ rpcUrl }, i) => ({
      label: `${i}`,
      url: { reveal: () => rpcUrl },
    }));
    const both = await FailoverProvider.connect(addresses);
    const second = both.endpoints[1];
    if (!second) throw new Error('there is no second endpoint');
    const before = other.callCount('eth_call');
    proxy.resetCounts();
    const read = contractRead<bigint>(numberAbi, { target: counting, method: 'number' });
    expect(await reader().via(second).read(block, [read])).toHaveLength(1);
    expect((await (await createBatchReader(both)).via(second).read(block, [read]))[0]).toEqual({
      ok: true,
      value: BigInt(block.number),
    });
    expect(other.callCount('eth_call')).toBe(before + 2);
    expect(proxy.callCount('eth_call')).toBe(0);
    both.destroy();
    await other.close();
  });

  it('behavior: reads the others when one result does not decode', async () => {
    const block = await anvil.time.latest();
    const results = await reader().read<unknown>(block, [
      contractRead(abi, { target: counting, method: 'pair' }),
      contractRead(numberAbi, { target: counting, method: 'number' }),
    ]);
    expect(results).toEqual([
      { ok: false, reason: expect.any(String), unusable: true },
      { ok: true, value: BigInt(block.number) },
    ]);
  });

  it('behavior: everything is read at the block that was asked for', async () => {
    const block = await anvil.time.latest();
    await anvil.time.mine(3);
    const read = contractRead<bigint>(numberAbi, { target: counting, method: 'number' });
    expect(await reader().read(block, [read, read])).toEqual([
      { ok: true, value: BigInt(block.number) },
      { ok: true, value: BigInt(block.number) },
    ]);
  });

  it.each([1, 2, 6])(
    'behavior: %s contracts that burn all the gas do not keep the others from being read',
    async count => {
      const block = await anvil.time.latest();
      // A call may burn 63 of 64 parts of the remaining gas: after some calls none is left.
      const results = await reader().read<unknown>(block, [
        ...Array.from({ length: count }, () =>
          contractRead(numberAbi, { target: burning, method: 'number' }),
        ),
        contractRead(numberAbi, { target: counting, method: 'number' }),
      ]);
      expect(results.slice(0, -1).every(({ ok }) => !ok)).toBe(true);
      expect(results.at(-1)).toEqual({ ok: true, value: BigInt(block.number) });
    },
  );

  it('behavior: sends no request when there is nothing to read', async () => {
    expect(await reader().read(genesis, [])).toEqual([]);
    expect(proxy.httpRequests).toBe(0);
  });

  it('behavior: more than 2,500 reads go out in several requests and come back in their order', async () => {
    const block = await anvil.time.latest();
    const read = contractRead<bigint>(numberAbi, { target: counting, method: 'number' });
    const gone = contractRead<bigint>(numberAbi, { target: nobody, method: 'number' });
    const reads = Array.from({ length: 2_501 }, (_, i) => (i % 1_000 === 0 ? gone : read));
    const results = await reader().read(block, reads);
    expect(results).toHaveLength(2_501);
    expect(results.flatMap((result, i) => (result.ok ? [] : [i]))).toEqual([0, 1_000, 2_000]);
    expect(proxy.httpRequests).toBe(reader() === withMulticall ? 2 : 6);
  });
});

describe.each([
  ['with Multicall3', (): BatchReader => withMulticall],
  ['without', (): BatchReader => withoutMulticall],
])('%s, a node that takes no hash of a block', (_, readerOf) => {
  const tags: unknown[] = [];
  const refuseHashes = () =>
    proxy.intercept(({ method, params }) => {
      const [, tag] = params as unknown[];
      if (method !== 'eth_call') return undefined;
      tags.push(tag);
      if (typeof tag === 'string') return undefined;
      return { error: { code: -32602, message: 'invalid argument 1: hex string expected' } };
    });
  const read = contractRead<bigint>(numberAbi, { target: counting, method: 'number' });
  // Each test has a reader of its own, since a reader learns.
  const fresh = () => readerOf().via(provider.endpoints[0] as (typeof provider.endpoints)[number]);

  it('behavior: is asked by number, and has to be at that very block', async () => {
    const { number, hash } = await anvil.time.mine();
    refuseHashes();
    const reader = fresh();
    expect(await reader.read({ number, hash }, [read, read])).toEqual([
      { ok: true, value: BigInt(number) },
      { ok: true, value: BigInt(number) },
    ]);
    const other = { number, hash: `0x${'12'.repeat(32)}` };
    await expect(reader.read(other, [read])).rejects.toThrow('the node has another one, or none');
  });

  it('behavior: does not take a contract that breaks down for such a node', async () => {
    const { number, hash } = await anvil.time.mine();
    await anvil.send('anvil_setCode', [nobody, '0xfe']);
    proxy.intercept(({ method, params }) => {
      if (method === 'eth_call') tags.push((params as unknown[])[1]);
      return undefined;
    });
    const reader = fresh();
    const [broken] = await reader.read({ number, hash }, [
      contractRead<bigint>(numberAbi, { target: nobody, method: 'number' }),
    ]);
    expect(broken).toMatchObject({ ok: false });
    tags.length = 0;
    await reader.read({ number, hash }, [read]);
    expect(tags).toEqual([{ blockHash: hash }]);
    await anvil.send('anvil_setCode', [nobody, '0x']);
  });
});

describe('createBatchReader', () => {
  it('default: a balance is a read among others', async () => {
    const account = `0x${'44'.repeat(20)}`;
    await anvil.send('anvil_setBalance', [account, '0x7']);
    await anvil.time.mine();
    const block = await anvil.time.latest();
    const read = withMulticall.balanceOf(account);
    if (!read) throw new Error('no read');
    expect(await withMulticall.read(block, [read])).toEqual([{ ok: true, value: 7n }]);
  });

  it('behavior: returns no balance read without Multicall3', () => {
    expect(withoutMulticall.balanceOf(nobody)).toBeUndefined();
  });

  it('behavior: when the node fails, so does the read: nothing is taken for a revert', async () => {
    proxy.behave('fail');
    const read = contractRead(numberAbi, { target: counting, method: 'number' });
    await expect(withMulticall.read(genesis, [read])).rejects.toThrow('no RPC endpoint answered');
    await expect(withoutMulticall.read(genesis, [read])).rejects.toThrow('no RPC endpoint answered');
    proxy.behave('pass');
  });

  it('behavior: uses the address that Multicall3 has on every chain', async () => {
    expect(await anvil.provider.getCode(multicall3)).not.toBe('0x');
  });
});
