import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Anvil, type Fault, faults, type RpcProxy, startAnvil, startProxy } from '@service-bots/devnet';
import { FailoverProvider } from '../src/rpc/index.ts';
import { until } from './support/until.ts';

let anvil: Anvil;
let other: Anvil;
let proxy: RpcProxy;
let backup: RpcProxy;
let provider: FailoverProvider | undefined;
beforeAll(async () => {
  [anvil, other] = await Promise.all([startAnvil(), startAnvil({ chainId: 4242 })]);
  await other.time.mine(100);
  [proxy, backup] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
});
afterEach(async () => {
  jest.restoreAllMocks();
  provider?.destroy();
  for (const each of [proxy, backup]) {
    await each.clearFault();
    each.intercept(undefined);
  }
});
afterAll(async () => {
  await Promise.all([proxy.close(), backup.close()]);
  await Promise.all([anvil.stop(), other.stop()]);
});

async function connected(...proxies: RpcProxy[]): Promise<FailoverProvider> {
  const addresses = proxies.map(({ rpcUrl, port }) => ({
    label: `127.0.0.1:${port}`,
    url: { reveal: () => rpcUrl },
  }));
  provider = await FailoverProvider.connect(addresses, 31337, { attemptMs: 1_000, callMs: 3_000 });
  for (const each of proxies) each.resetCounts();
  return provider;
}

/** So long from now it is, for whoever asks. */
function pass(seconds: number): void {
  const real = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => real() + seconds * 1_000);
}

/** A gateway that takes one call a request. */
function refusingBatches(refuse: Awaited<ReturnType<Fault['begin']>>['act']): Fault {
  return {
    name: 'no batches',
    begin: () => ({ act: exchange => (exchange.batch ? refuse(exchange) : exchange.pass()) }),
  };
}

describe('the question which chain an endpoint serves', () => {
  it('default: after 20 s it goes along with the next request, and costs none of its own', async () => {
    const provider = await connected(proxy);
    pass(20);
    for (let i = 0; i < 3; i += 1)
      expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect([proxy.httpRequests, proxy.callCount('eth_chainId')]).toEqual([3, 1]);
  });

  it('behavior: nothing that came with the answer of another chain is used', async () => {
    const provider = await connected(proxy, backup);
    const stranger = async (method: string) => ({ result: await other.send(method, []) });
    proxy.intercept(({ method }) =>
      method === 'eth_chainId' || method === 'eth_blockNumber' ? stranger(method) : undefined,
    );
    pass(20);
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect(provider.health.overview()[0]?.state).toBe('wrong-chain');
    expect(proxy.callCount('eth_chainId')).toBe(1);
  });

  it('behavior: with nobody to ride with, it is asked by itself after 30 s', async () => {
    await connected(proxy);
    pass(30);
    await until('it is asked', () => proxy.callCount('eth_chainId') === 1);
    expect(proxy.httpRequests).toBe(1);
  });

  it.each<[string, Fault]>([
    ['a JSON-RPC error', faults.batchLimit('geth', 1)],
    ['HTTP 400', refusingBatches(() => ({ status: 400, body: 'no batches' }))],
    ['HTTP 500', refusingBatches(() => ({ status: 500, body: 'oops' }))],
    ['half of what was asked', refusingBatches(async () => ({ status: 200, body: '[]' }))],
  ])(
    'behavior: an endpoint that refuses batches with %s is asked once more, and never so again',
    async (_what, fault) => {
      const provider = await connected(proxy);
      await proxy.setFault(fault);
      pass(20);
      const number = await anvil.provider.getBlockNumber();
      expect(await provider.getBlockNumber()).toBe(number);
      expect(proxy.httpRequests).toBe(2);
      expect(provider.endpoints[0]?.counters).toMatchObject({ faults: 0 });
      jest.restoreAllMocks();
      proxy.resetCounts();
      pass(45);
      expect(await provider.getBlockNumber()).toBe(number);
      await until('it is asked by itself', () => proxy.callCount('eth_chainId') === 1);
      expect(proxy.httpRequests).toBe(2);
      expect(provider.health.overview()[0]?.state).toBe('ok');
    },
  );

  it('behavior: an answer that tells no chain takes nothing along with it', async () => {
    const provider = await connected(proxy);
    proxy.intercept(({ method }) => (method === 'eth_chainId' ? { result: 'mainnet' } : undefined));
    pass(20);
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect(provider.endpoints[0]?.counters.faults).toBe(0);
  });
});
