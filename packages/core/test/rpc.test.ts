import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Anvil,
  faults,
  type RpcProxy,
  roles,
  startAnvil,
  startProxy,
  until,
} from '@service-bots/devnet';
import { Interface, isCallException, Wallet } from 'ethers';
import {
  AllEndpointsFailed,
  contractRead,
  createBatchReader,
  FailoverProvider,
  RateLimited,
  readBlock,
  readHead,
} from '../src/rpc/index.ts';

let anvil: Anvil;
let proxy: RpcProxy;
let backup: RpcProxy;
let providers: FailoverProvider[] = [];
beforeAll(async () => {
  anvil = await startAnvil();
  [proxy, backup] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
});
afterEach(async () => {
  for (const each of providers) each.destroy();
  providers = [];
  for (const each of [proxy, backup]) {
    each.behave('pass');
    each.delayBy(0);
    each.intercept(undefined);
    await each.clearFault();
    each.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all([proxy.close(), backup.close()]);
  await anvil.stop();
});

const quick = { attemptMs: 300, callMs: 700 };
const nothing = contractRead(new Interface(['function nothing() view returns (uint256)']), {
  target: `0x${'77'.repeat(20)}`,
  method: 'nothing',
});
function addresses(urls: string[]) {
  return urls.map(url => ({ label: new URL(url).host, url: { reveal: () => url } }));
}
async function connected(urls: string[], expected?: number, timeouts = quick) {
  const provider = await FailoverProvider.connect(addresses(urls), expected, { options: timeouts });
  providers.push(provider);
  return provider;
}

describe('FailoverProvider', () => {
  it('default: asks the first endpoint only, once for each call', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    proxy.resetCounts();
    for (let i = 0; i < 10; i += 1) await provider.getBlockNumber();
    expect(proxy.callCount('eth_blockNumber')).toBeGreaterThanOrEqual(10);
    expect(proxy.callCount('eth_chainId')).toBe(0);
    expect(provider.endpoints.map(({ counters }) => counters.served)).toEqual([10, 0]);
  });

  it('behavior: when all fail, the error has each one’s reason', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    proxy.behave('fail');
    backup.behave({ status: 200, body: 'x' });
    const error = await provider.getBlockNumber().catch(e => e);
    expect(error).toBeInstanceOf(AllEndpointsFailed);
    expect(error.message).toContain(`127.0.0.1:${proxy.port} answered HTTP 503`);
    expect(error.message).toContain(`127.0.0.1:${backup.port} sent something that is not JSON-RPC`);
  });

  it('behavior: when all limit us, that is what the error says, and never a revert', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await Promise.all([proxy.setFault(faults.rpc32005), backup.setFault(faults.rateLimit)]);
    const error = await provider.call({ to: `0x${'11'.repeat(20)}` }).catch(e => e);
    expect(error).toBeInstanceOf(RateLimited);
    expect(isCallException(error)).toBe(false);
  });

  it('behavior: a node that cannot is surfaced in its own words once all have been asked', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await expect(provider.send('eth_nonsense', [])).rejects.toMatchObject({
      error: { code: expect.any(Number) },
    });
    expect([proxy, backup].map(each => each.callCount('eth_nonsense'))).toEqual([1, 1]);
  });

  it('behavior: takes a revert as an answer, and asks no other endpoint', async () => {
    const target = `0x${'99'.repeat(20)}`;
    // PUSH1 0 PUSH1 0 REVERT
    await anvil.send('anvil_setCode', [target, '0x60006000fd']);
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    const error = await provider.call({ to: target }).catch(e => e);
    expect(isCallException(error)).toBe(true);
    expect(backup.callCount('eth_call')).toBe(0);
  });

  it('behavior: a pending call succeeds once an endpoint is back', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl], undefined, {
      attemptMs: 300,
      callMs: 20_000,
    });
    await Promise.all([proxy.setFault(faults.refuse), backup.setFault(faults.refuse)]);
    const pending = provider.getBlockNumber();
    await until('both are out of use', () =>
      provider.health.overview().every(({ state }) => state === 'down'),
    );
    await backup.clearFault();
    expect(await pending).toBe(await anvil.provider.getBlockNumber());
  });

  it('behavior: an endpoint that recovers is used again, and callers do not pay for the trials', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await proxy.setFault(faults.garbage);
    await provider.getBlockNumber();
    expect(provider.health.overview()[0]?.state).toBe('down');
    await proxy.clearFault();
    await until('it is back', () => provider.health.overview()[0]?.state === 'ok');
    const served = provider.endpoints[0]?.counters.served ?? 0;
    await provider.getBlockNumber();
    expect(provider.endpoints[0]?.counters.served).toBe(served + 1);
  });

  it('behavior: does not send a whole burst to a first endpoint that hangs', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl], undefined, {
      attemptMs: 4_000,
      callMs: 10_000,
    });
    await proxy.setFault(faults.hang);
    proxy.resetCounts();
    const numbers = await Promise.all(Array.from({ length: 150 }, () => provider.getBlockNumber()));
    expect(new Set(numbers).size).toBe(1);
    // The limit is the number of requests that may be under way at a time (16, and one more for each earlier
    // answer), and those that were let in when the breaker opened.
    expect(proxy.httpRequests).toBeLessThanOrEqual(30);
    await until('no request is left hanging', () => proxy.hanging === 0);
  });

  it('behavior: a head that is far behind is not served', async () => {
    await anvil.time.mine(20);
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await proxy.setFault(faults.stale(10));
    expect(await provider.getBlockNumber()).toBe(await anvil.provider.getBlockNumber());
    expect((await readHead(provider)).number).toBe(await anvil.provider.getBlockNumber());
    await until('it counts as lagging', () => provider.health.overview()[0]?.state === 'lagging');
  });

  it('behavior: asks the other endpoints before a value counts as absent', async () => {
    const wallet = new Wallet(roles.trader.privateKey, anvil.provider);
    const receipt = await (await wallet.sendTransaction({ to: wallet.address })).wait();
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await proxy.setFault(faults.unknownTransaction());
    expect((await provider.getTransactionReceipt(receipt?.hash ?? ''))?.hash).toBe(receipt?.hash);
    expect((await provider.getTransaction(receipt?.hash ?? ''))?.hash).toBe(receipt?.hash);
    expect(await provider.getTransactionReceipt(`0x${'12'.repeat(32)}`)).toBeNull();
  });

  it('behavior: a read pinned to a block goes to an endpoint that has it', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    await proxy.setFault(faults.stale(2));
    await anvil.time.mine(2);
    const { number, hash } = await anvil.time.latest();
    expect((await readBlock(provider, number))?.hash).toBe(hash);
    const reader = await createBatchReader(provider);
    // The first endpoint does not have this block, by its hash.
    await expect(reader.read({ number, hash }, [nothing])).resolves.toHaveLength(1);
  });

  it('behavior: no more requests a second than allowed, or than the endpoint says', async () => {
    const provider = await connected([proxy.rpcUrl], undefined, { attemptMs: 5_000, callMs: 10_000 });
    await proxy.setFault(
      faults.flappingByCount(
        1,
        1,
        faults.rpcError({ code: -32007, message: '20/second request limit reached' }),
      ),
    );
    await provider.getBlockNumber();
    await provider.getBlockNumber();
    expect(provider.endpoints[0]?.rateLimiter.perSecond).toBe(20);
  });

  it('behavior: many calls in one request, each with its own outcome', async () => {
    const provider = await connected([proxy.rpcUrl]);
    proxy.resetCounts();
    const answers = await provider.sendBatch([
      { method: 'eth_chainId', params: [] },
      { method: 'eth_nonsense', params: [] },
      { method: 'eth_blockNumber', params: [] },
    ]);
    expect(answers.map(answer => ('result' in answer ? 'result' : 'error'))).toEqual([
      'result',
      'error',
      'result',
    ]);
    expect(proxy.httpRequests).toBe(1);
    expect(await provider.sendBatch([])).toEqual([]);
  });

  it('behavior: destroy ends the calls that are pending', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl], undefined, {
      attemptMs: 60_000,
      callMs: 60_000,
    });
    await Promise.all([proxy.setFault(faults.hang), backup.setFault(faults.hang)]);
    const pending = [1, 2, 3].map(() => provider.getBlockNumber().catch(e => e));
    await until('they hang', () => proxy.hanging > 0);
    provider.destroy();
    for (const error of await Promise.all(pending)) {
      expect(error.message).toBe('no RPC endpoint answered: the process is stopping');
    }
    await until('no socket is left', () => proxy.hanging + backup.hanging === 0);
  });

  it('behavior: after destroy nothing keeps the process alive, though an endpoint hangs', async () => {
    await proxy.setFault(faults.hang, { only: ['eth_blockNumber'] });
    const fixture = fileURLToPath(new URL('fixtures/hangingCall.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [fixture, proxy.rpcUrl], {
      timeout: 20_000,
    });
    expect(stdout.trim()).toBe('no RPC endpoint answered: the process is stopping');
  });
});

describe('readHead and readBlock', () => {
  it('default: a block’s number, time and base fee', async () => {
    const provider = await connected([proxy.rpcUrl]);
    const head = await readBlock(provider, 0);
    expect(head).toEqual({
      number: 0,
      hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      parentHash: `0x${'00'.repeat(32)}`,
      timestamp: expect.any(Number),
      baseFeeWei: 1_000_000_000n,
      logsBloom: `0x${'00'.repeat(256)}`,
    });
    expect((await readHead(provider)).number).toBe((await anvil.time.latest()).number);
  });

  it('behavior: a block that is not there is undefined', async () => {
    const provider = await connected([proxy.rpcUrl]);
    expect(await readBlock(provider, 1_000_000)).toBeUndefined();
  });

  it('behavior: a chain without EIP-1559 has no base fee', async () => {
    const hash = `0x${'12'.repeat(32)}`;
    proxy.intercept(({ method }) =>
      method === 'eth_getBlockByNumber'
        ? { result: { number: '0x1', hash, parentHash: hash, timestamp: '0x2' } }
        : undefined,
    );
    const provider = await connected([proxy.rpcUrl]);
    expect((await readHead(provider)).baseFeeWei).toBeUndefined();
  });

  it('behavior: a node without a latest block is an error', async () => {
    proxy.intercept(({ method }) => (method === 'eth_getBlockByNumber' ? { result: null } : undefined));
    const provider = await connected([proxy.rpcUrl]);
    await expect(readHead(provider)).rejects.toThrow(
      'the result of eth_getBlockByNumber cannot be right: null',
    );
  });
});
