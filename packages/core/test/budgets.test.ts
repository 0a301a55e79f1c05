import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  faults,
  installMulticall3,
  type RpcProxy,
  roles,
  startAnvil,
  startProxy,
  until,
} from '@service-bots/devnet';
import { Interface, Wallet } from 'ethers';
import {
  type Allowance,
  type BlockRef,
  contractRead,
  createBatchReader,
  FailoverProvider,
  LogReader,
} from '../src/rpc/index.ts';
import { Status } from '../src/runtime/status/Status.ts';

let anvil: Anvil;
let paid: RpcProxy;
let free: RpcProxy;
let provider: FailoverProvider | undefined;
/** A contract that emits an empty log at every call: PUSH0 PUSH0 LOG0. */
const emitter = '0x00000000000000000000000000000000000E3177';
/** A contract that returns the block's number: NUMBER PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN. */
const counting = `0x${'55'.repeat(20)}`;
const read = contractRead<bigint>(new Interface(['function number() view returns (uint256)']), {
  target: counting,
  method: 'number',
});
let blocksWithLogs: number[];
let block: BlockRef;
const lastBlock = 47;

beforeAll(async () => {
  anvil = await startAnvil();
  await installMulticall3(anvil);
  [paid, free] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
  await anvil.send('anvil_setCode', [emitter, '0x5f5fa0']);
  await anvil.send('anvil_setCode', [counting, '0x4360005260206000f3']);
  const wallet = new Wallet(roles.trader.privateKey, anvil.provider);
  blocksWithLogs = [];
  for (let i = 0; i < 6; i += 1) {
    const receipt = await (await wallet.sendTransaction({ to: emitter })).wait();
    blocksWithLogs.push(receipt?.blockNumber ?? 0);
    await anvil.time.mine(7);
  }
  block = await anvil.time.latest();
});
afterEach(async () => {
  provider?.destroy();
  provider = undefined;
  for (const proxy of [paid, free]) {
    await proxy.clearFault();
    proxy.intercept(undefined);
    proxy.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all([paid.close(), free.close()]);
  await anvil.stop();
});

/** Connects to the paid endpoint and the free one, or to some of them. */
async function connect(
  endpoints: [proxy: RpcProxy, allowance?: Allowance][] = [[paid], [free]],
): Promise<FailoverProvider> {
  const addresses = endpoints.map(([proxy, allowance]) => ({
    label: proxy === paid ? 'paid' : 'free',
    url: { reveal: () => proxy.rpcUrl },
    allowance,
  }));
  provider = await FailoverProvider.connect(addresses, anvil.chainId, {
    options: { attemptMs: 1_000, callMs: 8_000 },
  });
  return provider;
}
const sizesOf = (name: 'multicall' | 'batch' | 'logRange') =>
  provider?.endpoints.map(({ requestLimits }) => requestLimits[name].size);
const isDown = (label: string) =>
  until(`${label} is down`, () =>
    provider?.health.overview().some(({ endpoint, state }) => endpoint.label === label && state === 'down'),
  );
const isBack = (label: string) =>
  until(`${label} is back`, () =>
    provider?.health.overview().some(({ endpoint, state }) => endpoint.label === label && state === 'ok'),
  );
async function logBlocks(): Promise<number[]> {
  const logs = await new LogReader(provider as FailoverProvider).read({ address: emitter }, 0, lastBlock);
  return logs.map(({ blockNumber }) => Number(blockNumber));
}
/** Makes `count` reads, all of which have to be right. */
async function readMany(count: number): Promise<void> {
  const reader = await createBatchReader(provider as FailoverProvider);
  paid.resetCounts();
  free.resetCounts();
  const results = await reader.read(
    block,
    Array.from({ length: count }, () => read),
  );
  expect(results).toEqual(Array.from({ length: count }, () => ({ ok: true, value: BigInt(block.number) })));
}
const withoutMulticall = (proxy: RpcProxy) =>
  proxy.intercept(({ method }) => (method === 'eth_getCode' ? { result: '0x' } : undefined));

describe('a paid endpoint before a free one that takes little', () => {
  it('is asked for all at once, whatever the free one has refused', async () => {
    await connect();
    await free.setFault(faults.logRangeLimit('publicnode', 10));
    await paid.setFault(faults.refuse);
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(sizesOf('logRange')).toEqual([10_000, 10]);
    await paid.clearFault();
    await isBack('paid');
    paid.resetCounts();
    free.resetCounts();
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect([paid, free].map(proxy => proxy.callCount('eth_getLogs'))).toEqual([1, 0]);
  });

  it('may fail in the middle of a read: the free one gets the rest in small requests', async () => {
    await connect([[paid, { logRange: 20 }], [free]]);
    await free.setFault(faults.logRangeLimit('ankr', 7));
    await paid.setFault(faults.flappingByCount(1, 1_000, faults.http500), { only: ['eth_getLogs'] });
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(sizesOf('logRange')?.[1]).toBeLessThanOrEqual(7);
    expect(free.callCount('eth_getLogs')).toBeGreaterThanOrEqual(4);
  });

  it('may fail while contracts are read: the free one reads fewer of them at once', async () => {
    await connect();
    await free.setFault(faults.responseLimit(2_000));
    await paid.setFault(faults.http500, { only: ['eth_call'] });
    await readMany(40);
    expect(sizesOf('multicall')).toEqual([2_500, expect.any(Number)]);
    expect(sizesOf('multicall')?.[1]).toBeLessThan(40);
    await paid.clearFault();
    await isBack('paid');
    await readMany(40);
    expect([paid, free].map(proxy => proxy.callCount('eth_call'))).toEqual([1, 0]);
  });

  it('may fail while contracts are read on a chain without Multicall3: the free one reads them in small batches', async () => {
    await connect();
    for (const proxy of [paid, free]) withoutMulticall(proxy);
    await free.setFault(faults.batchLimit('drpc', 3));
    await paid.setFault(faults.http500, { only: ['eth_call'] });
    await readMany(20);
    expect(sizesOf('batch')).toEqual([500, 3]);
    await paid.clearFault();
    await isBack('paid');
    await readMany(20);
    expect(paid.callCount('eth_call')).toBe(20);
    // A machine that stalls makes the paid endpoint look slow: then the free one is asked for a batch as
    // well.
    expect(free.callCount('eth_call')).toBeLessThanOrEqual(3);
    expect(paid.httpRequests).toBeLessThanOrEqual(3);
  });

  it('leaves what the free one has answered as it is when that one fails too, for a moment', async () => {
    await connect();
    await provider?.getBlockNumber();
    await paid.setFault(faults.http500, { only: ['eth_getLogs'] });
    free.intercept(({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined;
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      const isWide = Number(toBlock) - Number(fromBlock) >= 10;
      return isWide ? { error: { code: -32602, message: 'exceed maximum block range: 10' } } : undefined;
    });
    // The whole read takes five requests; at most three of them succeed in a row.
    await free.setFault(faults.flappingByCount(3, 1, faults.http500), { only: ['eth_getLogs'] });
    expect(await logBlocks()).toEqual(blocksWithLogs);
    // Seven requests: the five, the one that was too large, and one that failed.
    expect(free.callCount('eth_getLogs')).toBe(7);
  });

  it('is not waited for while it hangs', async () => {
    await connect();
    await free.setFault(faults.logRangeLimit('publicnode', 10));
    await paid.setFault(faults.hang, { only: ['eth_getLogs'] });
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(free.callCount('eth_getLogs')).toBe(6);
  });

  it('does not limit the size of requests while it is down', async () => {
    await connect([[paid], [free, { logRange: 10, batchSize: 4 }]]);
    await paid.setFault(faults.refuse);
    await provider?.getBlockNumber();
    await isDown('paid');
    await free.setFault(faults.logRangeLimit('ankr', 10));
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(free.callCount('eth_getLogs')).toBe(5);
    await readMany(10);
    expect(free.callCount('eth_call')).toBe(3);
    expect(sizesOf('multicall')).toEqual([2_500, 4]);
  });
});

describe('/status', () => {
  it('shows the request limits of each endpoint', async () => {
    await connect([
      [paid, { requestsPerSecond: 50 }],
      [free, { batchSize: 20, logRange: 500 }],
    ]);
    const status = new Status({ bot: 'bot', version: '0.0.0', startedAt: 0 });
    status.endpoints = () => provider?.health.overview() ?? [];
    expect(status.toObject(0).endpoints).toMatchObject([
      { host: 'paid', requestsPerSecond: 50, multicallSize: 2_500, batchSize: 500, logRange: 10_000 },
      { host: 'free', requestsPerSecond: undefined, multicallSize: 20, batchSize: 20, logRange: 500 },
    ]);
  });
});

describe('two endpoints that both refuse', () => {
  it('each learn a size of their own', async () => {
    await connect();
    await paid.setFault(faults.logRangeLimit('infura', 20));
    await free.setFault(faults.logRangeLimit('alchemy', 10));
    expect(await logBlocks()).toEqual(blocksWithLogs);
    await paid.setFault(faults.http500, { only: ['eth_getLogs'] });
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(sizesOf('logRange')).toEqual([20, 10]);
  });

  it('a single block are an error in their words', async () => {
    await connect();
    for (const proxy of [paid, free]) await proxy.setFault(faults.logRangeLimit('ankr', 0));
    await expect(logBlocks()).rejects.toThrow(
      'logs of blocks 0 to 0 could not be read: block range is too wide',
    );
  });

  it('a single read say so in its result', async () => {
    await connect();
    const tooLarge = { error: { code: -32020, message: 'backend response too large' } };
    for (const proxy of [paid, free])
      proxy.intercept(({ method }) => (method === 'eth_call' ? tooLarge : undefined));
    const reader = await createBatchReader(provider as FailoverProvider);
    expect(await reader.read(block, [read, read])).toEqual([
      { ok: false, reason: 'the call failed: backend response too large' },
      { ok: false, reason: 'the call failed: backend response too large' },
    ]);
  });
});

describe('an only endpoint', () => {
  it.each(['alchemy', 'infura', 'quicknode', 'publicnode', 'llamarpc', 'ankr', 'op-proxyd'] as const)(
    'that limits log ranges in the words of %s gives all logs',
    async name => {
      await connect([[free]]);
      await free.setFault(faults.logRangeLimit(name, 10));
      expect(await logBlocks()).toEqual(blocksWithLogs);
      expect(sizesOf('logRange')?.[0]).toBeLessThanOrEqual(10);
    },
  );

  it.each(['alchemy', 'infura', 'llamarpc'] as const)(
    'that limits the logs in an answer in the words of %s gives all logs',
    async name => {
      await connect([[free]]);
      await free.setFault(faults.logResultLimit(name, 2));
      expect(await logBlocks()).toEqual(blocksWithLogs);
    },
  );

  it.each(['drpc', 'ankr', 'op-proxyd', 'geth'] as const)(
    'that limits batches in the words of %s answers all reads',
    async name => {
      await connect([[free]]);
      withoutMulticall(free);
      await free.setFault(faults.batchLimit(name, 3));
      await readMany(20);
      expect(sizesOf('batch')?.[0]).toBeLessThanOrEqual(3);
    },
  );

  it.each(['http-413', 'op-proxyd'] as const)(
    'that limits the size of an answer (%s) answers all reads through Multicall3',
    async how => {
      await connect([[free]]);
      const reader = await createBatchReader(provider as FailoverProvider);
      await free.setFault(faults.responseLimit(4_000, how));
      const results = await reader.read(
        block,
        Array.from({ length: 40 }, () => read),
      );
      expect(results.every(({ ok }) => ok)).toBe(true);
      expect(sizesOf('multicall')?.[0]).toBeLessThan(40);
    },
  );

  it('is never asked for more than the operator says', async () => {
    await connect([[free, { logRange: 10, batchSize: 5 }]]);
    await free.setFault(faults.logRangeLimit('ankr', 10));
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(free.callCount('eth_getLogs')).toBe(5);
    await readMany(20);
    expect(free.callCount('eth_call')).toBe(4);
    expect(sizesOf('logRange')).toEqual([10]);
  });

  it('that fails now and then in the middle of a read loses no part of it', async () => {
    await connect([[free, { logRange: 4 }]]);
    await free.setFault(faults.flappingByCount(3, 2, faults.http500), { only: ['eth_getLogs'] });
    expect(await logBlocks()).toEqual(blocksWithLogs);
  });
});
