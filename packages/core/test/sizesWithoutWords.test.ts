import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  faults,
  installMulticall3,
  type Refusal,
  type RequestSize,
  type RpcProxy,
  roles,
  startAnvil,
  startProxy,
} from '@service-bots/devnet';
import { Interface, Wallet } from 'ethers';
import {
  type BlockRef,
  contractRead,
  createBatchReader,
  FailoverProvider,
  LogReader,
  readAtHead,
} from '../src/rpc/index.ts';

let anvil: Anvil;
let proxies: RpcProxy[];
let provider: FailoverProvider;
/** A contract that emits an empty log at every call: PUSH0 PUSH0 LOG0. */
const emitter = '0x00000000000000000000000000000000000E3177';
/** A contract that returns the block's number: NUMBER PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN. */
const counting = `0x${'55'.repeat(20)}`;
const read = contractRead<bigint>(new Interface(['function number() view returns (uint256)']), {
  target: counting,
  method: 'number',
});
const reads = Array.from({ length: 40 }, () => read);
const blocksWithLogs: number[] = [];
let head: BlockRef;

beforeAll(async () => {
  anvil = await startAnvil();
  await installMulticall3(anvil);
  proxies = await Promise.all([startProxy(anvil), startProxy(anvil)]);
  await anvil.send('anvil_setCode', [emitter, '0x5f5fa0']);
  await anvil.send('anvil_setCode', [counting, '0x4360005260206000f3']);
  const wallet = new Wallet(roles.trader.privateKey, anvil.provider);
  for (let i = 0; i < 6; i += 1) {
    const receipt = await (await wallet.sendTransaction({ to: emitter })).wait();
    blocksWithLogs.push(receipt?.blockNumber ?? 0);
    await anvil.time.mine(15);
  }
  head = await anvil.time.latest();
});
afterEach(async () => {
  provider.destroy();
  for (const proxy of proxies) {
    await proxy.clearFault();
    proxy.intercept(undefined);
    proxy.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()));
  await anvil.stop();
});

async function connect(count = 1): Promise<FailoverProvider> {
  const addresses = proxies
    .slice(0, count)
    .map(({ rpcUrl }, i) => ({ label: `node-${i}`, url: { reveal: () => rpcUrl } }));
  provider = await FailoverProvider.connect(addresses, anvil.chainId, { options: { callMs: 8_000 } });
  return provider;
}
const sizeOf = (name: 'multicall' | 'batch' | 'logRange') =>
  provider.endpoints[0]?.requestLimits[name].size ?? 0;
const logBlocks = async (to = head.number) =>
  (await new LogReader(provider).read({ address: emitter }, 0, to)).map(({ blockNumber }) =>
    Number(blockNumber),
  );
const whole = Array.from({ length: 40 }, () => ({ ok: true, value: 0n }));
const expectAll = (results: unknown[]) =>
  expect(results).toEqual(whole.map(each => ({ ...each, value: BigInt(head.number) })));

const refusals: [name: string, how: Refusal][] = [
  ['a closed connection', 'refuse'],
  ['a reset connection', 'reset'],
  ['HTTP 400', { status: 400 }],
  ['HTTP 413', { status: 413 }],
  ['HTTP 500', { status: 500 }],
  ['HTTP 503', { status: 503 }],
  [
    "Erigon's words for a batch",
    { whole: { code: -32000, message: 'batch limit 100 exceeded (can increase by --rpc.batch.limit)' } },
  ],
  ['one error object in no words', { whole: { code: -32600, message: 'Invalid Request' } }],
  ['one error object of bad parameters', { whole: { code: -32602, message: 'Invalid params' } }],
  ['an internal error', { error: { code: -32603, message: 'Internal error' } }],
  ['an error in unknown words', { error: { code: -32099, message: 'Bitte weniger auf einmal' } }],
  ['a window of its own', { error: { code: -32602, message: 'eth_getLogs window is limited' } }],
  ['a deadline', { error: { code: -32000, message: 'context deadline exceeded' } }],
  ['an empty text', { error: { code: 0, message: '' } }],
];

describe.each(refusals)('an only endpoint that refuses large requests with %s', (_name, how) => {
  const setLimit = (most: RequestSize) => proxies[0]?.setFault(faults.refusesLarge(most, how));

  it('gives all logs of a wide range', async () => {
    await connect();
    await setLimit({ blocks: 7 });
    expect(await logBlocks()).toEqual(blocksWithLogs);
    // The size grows back in the course of the read, and is refused again.
    expect(sizeOf('logRange')).toBeLessThan(15);
    expect(proxies[0]?.httpRequests).toBeLessThan(60);
    expect(provider.health.overview()).toMatchObject([{ state: 'ok' }]);
  });

  it('answers a large batch', async () => {
    await connect();
    proxies[0]?.intercept(({ method }) => (method === 'eth_getCode' ? { result: '0x' } : undefined));
    const reader = await createBatchReader(provider);
    await setLimit({ calls: 6 });
    expectAll(await reader.read(head, reads));
    expect(sizeOf('batch')).toBeLessThan(40);
    expect(provider.health.overview()).toMatchObject([{ state: 'ok' }]);
  });

  it('answers many reads through Multicall3, pinned and at the head', async () => {
    await connect();
    const reader = await createBatchReader(provider);
    await setLimit({ bytes: 3_000 });
    expectAll(await reader.read(head, reads));
    expect(sizeOf('multicall')).toBeLessThan(40);
    provider.destroy();
    await connect();
    const { block, results } = await readAtHead(provider, reader, reads);
    expect(block.number).toBe(head.number);
    expectAll(results);
  });
});

describe('an endpoint that refuses in unknown words', () => {
  const words = { error: { code: -32099, message: 'no' } };

  it('costs one small request more before the next endpoint is asked', async () => {
    await connect(2);
    await proxies[0]?.setFault(faults.rpcError(words.error), { only: ['eth_getLogs'] });
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(proxies.map(proxy => proxy.callCount('eth_getLogs'))).toEqual([2, 1]);
    expect(sizeOf('logRange')).toBe(10_000);
  });

  it('for a moment gets full-size requests again after some answers', async () => {
    await connect();
    await proxies[0]?.setFault(faults.refusesLarge({ blocks: 7 }, words));
    await logBlocks();
    expect(sizeOf('logRange')).toBeLessThan(15);
    await proxies[0]?.clearFault();
    for (let i = 0; i < 30 && sizeOf('logRange') <= head.number; i += 1) await logBlocks();
    expect(sizeOf('logRange')).toBeGreaterThan(head.number);
  });

  it('and is down is not asked for one unit first, since a refused connection is unrelated to the size', async () => {
    await connect(2);
    await proxies[0]?.setFault(faults.refuse);
    expect(await logBlocks()).toEqual(blocksWithLogs);
    expect(sizeOf('logRange')).toBe(10_000);
  });
});

describe('a range that ends beyond the head', () => {
  it('does not make an endpoint take less, and says what is missing', async () => {
    await connect();
    await proxies[0]?.setFault(faults.noLogsBeyondHead);
    provider.destroy();
    const addresses = [{ label: 'node-0', url: { reveal: () => proxies[0]?.rpcUrl ?? '' } }];
    provider = await FailoverProvider.connect(addresses, anvil.chainId, { options: { callMs: 700 } });
    await expect(logBlocks(head.number + 5)).rejects.toThrow(
      `node-0 does not have block ${head.number + 5} yet`,
    );
    expect(sizeOf('logRange')).toBe(10_000);
  });
});
