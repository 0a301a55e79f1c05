import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type Anvil,
  type Fault,
  faults,
  type RpcProxy,
  startAnvil,
  startProxy,
  until,
} from '@service-bots/devnet';
import { SetupError } from '../src/errors/index.ts';
import { AllEndpointsFailed, type Endpoint, FailoverProvider } from '../src/rpc/index.ts';

let anvil: Anvil;
let other: Anvil;
let proxy: RpcProxy;
let backup: RpcProxy;
let down: string;
let downLabel: string;
let providers: FailoverProvider[] = [];
beforeAll(async () => {
  [anvil, other] = await Promise.all([startAnvil(), startAnvil({ chainId: 4242 })]);
  await other.time.mine(100);
  [proxy, backup] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
  const gone = await startProxy(anvil);
  await gone.close();
  down = `${gone.rpcUrl}/v2/secret-key`;
  downLabel = `127.0.0.1:${gone.port}`;
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const each of providers) each.destroy();
  providers = [];
  for (const each of [proxy, backup]) {
    each.behave('pass');
    each.intercept(undefined);
    await each.clearFault();
    each.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all([proxy.close(), backup.close()]);
  await Promise.all([anvil.stop(), other.stop()]);
});

async function connected(
  urls: string[],
  expected?: number,
  timeouts = { attemptMs: 300, callMs: 700 },
): Promise<FailoverProvider> {
  const addresses = urls.map(url => ({ label: new URL(url).host, url: { reveal: () => url } }));
  const provider = await FailoverProvider.connect(addresses, expected, { options: timeouts });
  providers.push(provider);
  return provider;
}

/** Connects, with all counters at zero. */
async function settled(...proxies: RpcProxy[]): Promise<FailoverProvider> {
  const urls = proxies.map(({ rpcUrl }) => rpcUrl);
  const provider = await connected(urls, undefined, { attemptMs: 1_000, callMs: 3_000 });
  for (const each of proxies) each.resetCounts();
  return provider;
}

/** Advances the monotonic clock by `seconds`. */
function pass(seconds: number): void {
  const real = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => real() + seconds * 1_000);
}

/** A gateway that accepts one call a request. */
function refusingBatches(refuse: Awaited<ReturnType<Fault['begin']>>['act']): Fault {
  return {
    name: 'no batches',
    begin: () => ({ act: exchange => (exchange.batch ? refuse(exchange) : exchange.pass()) }),
  };
}

describe('FailoverProvider.connect', () => {
  it('default: uses the chain that the endpoints report', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    expect(provider.chainId).toBe(31337);
    expect((await provider.getNetwork()).chainId).toBe(31337n);
  });

  it('behavior: endpoints on two chains are a mistake in the set-up, told with both', async () => {
    const error = await connected([proxy.rpcUrl, other.rpcUrl]).catch(e => e);
    expect(error).toBeInstanceOf(SetupError);
    expect(error.message).toContain(
      `RPC_URL: 127.0.0.1:${proxy.port} serves chain 31337, 127.0.0.1:${other.port} serves chain 4242; every endpoint has to serve the same chain: correct the list, or set CHAIN_ID`,
    );
  });

  it('behavior: another chain than CHAIN_ID, too', async () => {
    await expect(connected([proxy.rpcUrl], 1)).rejects.toThrow(
      /RPC_URL: 127.0.0.1:\d+ serves chain 31337, but CHAIN_ID is 1;/,
    );
  });

  it('behavior: when no endpoint answers, the error is retryable and names the reason of each, without its path', async () => {
    proxy.behave('fail');
    const error = await connected([down, proxy.rpcUrl]).catch(e => e);
    expect(error).toBeInstanceOf(AllEndpointsFailed);
    expect(error.message).toBe(
      `no RPC endpoint answered: ${downLabel} is not reachable (ECONNREFUSED); 127.0.0.1:${proxy.port} answered HTTP 503`,
    );
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain('secret');
  });

  it('behavior: one that is down does not keep the others from being used', async () => {
    const provider = await connected([down, proxy.rpcUrl]);
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
  });

  it('behavior: with CHAIN_ID, endpoints of another chain are left out, and known to be', async () => {
    const stranger = await startProxy(other);
    const provider = await connected([stranger.rpcUrl, proxy.rpcUrl], 31337);
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    await provider.getBlockNumber();
    expect([stranger.httpRequests, stranger.callCount('eth_chainId')]).toEqual([1, 1]);
    expect(provider.health.overview().map(({ state }) => state)).toEqual(['wrong-chain', 'ok']);
    await stranger.close();
  });

  it('behavior: waits for the endpoint of CHAIN_ID when one of another chain is faster', async () => {
    const stranger = await startProxy(other);
    await proxy.setFault(faults.slow(1_500));
    const provider = await connected([stranger.rpcUrl, proxy.rpcUrl], 31337);
    expect(provider.chainId).toBe(31337);
    await stranger.close();
  });

  it('behavior: allows a retry when an endpoint that is down may serve CHAIN_ID', async () => {
    const error = await connected([down, proxy.rpcUrl], 1).catch(e => e);
    expect(error).toBeInstanceOf(AllEndpointsFailed);
    expect(error.message).toBe(
      `no RPC endpoint of chain 1 answered: 127.0.0.1:${proxy.port} serves chain 31337; ${downLabel} is not reachable (ECONNREFUSED)`,
    );
  });

  it('behavior: two keys at one provider are two endpoints', async () => {
    const provider = await connected([`${proxy.rpcUrl}/key-1`, `${proxy.rpcUrl}/key-2`]);
    const host = `127.0.0.1:${proxy.port}`;
    expect(provider.endpoints.map(({ label }) => label)).toEqual([host, `${host}#2`]);
  });

  it('behavior: treats an invalid chain id like an endpoint that is down', async () => {
    backup.intercept(({ method }) => (method === 'eth_chainId' ? { result: 'mainnet' } : undefined));
    const provider = await connected([backup.rpcUrl, proxy.rpcUrl]);
    expect(provider.chainId).toBe(31337);
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect(backup.callCount('eth_blockNumber')).toBe(0);
  });
});

describe('an endpoint of another chain', () => {
  it('behavior: an endpoint that was down at the start and turns out to be on another chain is never used', async () => {
    const late = await startProxy(other);
    late.behave('fail');
    const provider = await connected([late.rpcUrl, proxy.rpcUrl]);
    late.behave('pass');
    await until('its chain is known', () => provider.health.overview()[0]?.state === 'wrong-chain');
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    proxy.behave('fail');
    await expect(provider.getBlockNumber()).rejects.toThrow(AllEndpointsFailed);
    expect(late.callCount('eth_blockNumber')).toBe(0);
    await late.close();
  });

  it('behavior: an endpoint that changes its chain while running is left out', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await proxy.setFault(faults.wrongChain(5));
    await provider.health.verify(provider.endpoints[0] as Endpoint).catch(() => undefined);
    proxy.resetCounts();
    await provider.getBlockNumber();
    expect(proxy.httpRequests).toBe(0);
  });
});

describe('the check of the chain id', () => {
  it('default: after 20 s it goes along with the next request, and costs none of its own', async () => {
    const provider = await settled(proxy);
    pass(20);
    for (let i = 0; i < 3; i += 1)
      expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect([proxy.httpRequests, proxy.callCount('eth_chainId')]).toEqual([3, 1]);
  });

  it('behavior: uses no answer that came together with another chain id', async () => {
    const provider = await settled(proxy, backup);
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
    await settled(proxy);
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
      const provider = await settled(proxy);
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

  it('behavior: uses the other answers when the chain id is invalid', async () => {
    const provider = await settled(proxy);
    proxy.intercept(({ method }) => (method === 'eth_chainId' ? { result: 'mainnet' } : undefined));
    pass(20);
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect(provider.endpoints[0]?.counters.faults).toBe(0);
  });
});
