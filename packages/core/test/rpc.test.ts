import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Anvil, type RpcProxy, startAnvil, startProxy } from '@service-bots/devnet';
import { isCallException } from 'ethers';
import { SetupError } from '../src/errors/index.ts';
import { AllEndpointsFailed, FailoverProvider, readBlock, readHead } from '../src/rpc/index.ts';
import { until } from './support/until.ts';

let anvil: Anvil;
let other: Anvil;
let proxy: RpcProxy;
let backup: RpcProxy;
let down: string;
let downLabel: string;
let providers: FailoverProvider[] = [];
beforeAll(async () => {
  [anvil, other] = await Promise.all([startAnvil(), startAnvil({ chainId: 4242 })]);
  [proxy, backup] = await Promise.all([startProxy(anvil), startProxy(anvil)]);
  const gone = await startProxy(anvil);
  await gone.close();
  down = `${gone.rpcUrl}/v2/secret-key`;
  downLabel = `127.0.0.1:${gone.port}`;
});
afterEach(() => {
  for (const each of providers) each.destroy();
  providers = [];
  for (const each of [proxy, backup]) {
    each.behave('pass');
    each.delayBy(0);
    each.intercept(undefined);
    each.resetCounts();
  }
});
afterAll(async () => {
  await Promise.all([proxy.close(), backup.close()]);
  await Promise.all([anvil.stop(), other.stop()]);
});

const quick = { attemptMs: 300, callMs: 700 };
function addresses(urls: string[]) {
  return urls.map(url => ({ label: new URL(url).host, url: { reveal: () => url } }));
}
async function connected(urls: string[], expected?: number, timeouts = quick) {
  const provider = await FailoverProvider.connect(addresses(urls), expected, timeouts);
  providers.push(provider);
  return provider;
}

describe('FailoverProvider.connect', () => {
  it('default: the chain is what the endpoints say', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    expect(provider.chainId).toBe(31337);
    expect((await provider.getNetwork()).chainId).toBe(31337n);
  });

  it('behavior: endpoints on two chains are a mistake in the set-up, told with both', async () => {
    const error = await connected([proxy.rpcUrl, other.rpcUrl]).catch(e => e);
    expect(error).toBeInstanceOf(SetupError);
    expect(error.message).toBe(
      `RPC_URL: 127.0.0.1:${other.port} serves chain 4242, but 127.0.0.1:${proxy.port} serves chain 31337; every endpoint has to serve the same chain`,
    );
  });

  it('behavior: another chain than CHAIN_ID, too', async () => {
    await expect(connected([proxy.rpcUrl], 1)).rejects.toThrow(
      /^RPC_URL: 127.0.0.1:\d+ serves chain 31337, but CHAIN_ID is 1;/,
    );
  });

  it('behavior: none that answers is worth another try, and says why for each, without its path', async () => {
    proxy.behave('fail');
    const error = await connected([down, proxy.rpcUrl]).catch(e => e);
    expect(error).toBeInstanceOf(AllEndpointsFailed);
    expect(error.retryable).toBe(true);
    expect(error.message).toBe(
      `no RPC endpoint answered: ${downLabel} is not reachable (ECONNREFUSED); 127.0.0.1:${proxy.port} answered HTTP 503`,
    );
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain('secret');
  });

  it('behavior: one that is down does not keep the others from being used', async () => {
    const provider = await connected([down, proxy.rpcUrl]);
    expect(await provider.getBlockNumber()).toBe(0);
  });

  it('behavior: one that answers nonsense about its chain is one that is down', async () => {
    backup.intercept(({ method }) => (method === 'eth_chainId' ? { result: 'mainnet' } : undefined));
    const provider = await connected([backup.rpcUrl, proxy.rpcUrl]);
    expect(provider.chainId).toBe(31337);
    expect(await provider.getBlockNumber()).toBe(0);
    expect(backup.callCount('eth_blockNumber')).toBe(0);
  });
});

describe('FailoverProvider', () => {
  it('default: asks the first endpoint only, once for each call', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    proxy.resetCounts();
    backup.resetCounts();
    await provider.getBlockNumber();
    await provider.getBlockNumber();
    expect([proxy.httpRequests, backup.httpRequests]).toEqual([2, 0]);
    expect(proxy.callCount('eth_chainId')).toBe(0);
  });

  it.each([
    ['refuses', 'refuse'],
    ['hangs', 'hang'],
    ['answers HTTP 503', 'fail'],
    ['answers HTTP 500', { status: 500, body: 'internal server error' }],
    ['answers HTML', { status: 200, body: '<html>maintenance</html>' }],
    ['answers garbage', { status: 200, body: '\u0000{{{' }],
    ['answers another question', { status: 200, body: { jsonrpc: '2.0', id: 'x', result: '0x0' } }],
  ] as const)('behavior: when the first one %s, the next one is asked', async (_, behaviour) => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    proxy.behave(behaviour);
    expect(await provider.getBlockNumber()).toBe(0);
    expect(backup.callCount('eth_blockNumber')).toBe(1);
  });

  it('behavior: when all fail, the error has each one’s reason', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    proxy.behave('hang');
    backup.behave({ status: 200, body: 'x' });
    const error = await provider.getBlockNumber().catch(e => e);
    expect(error).toBeInstanceOf(AllEndpointsFailed);
    expect(error.message).toContain(`127.0.0.1:${proxy.port} did not answer in time`);
    expect(error.message).toContain(`127.0.0.1:${backup.port} sent something that is not JSON-RPC`);
  });

  it('behavior: a revert is an answer: nobody else is asked', async () => {
    const target = `0x${'99'.repeat(20)}`;
    // PUSH1 0 PUSH1 0 REVERT
    await anvil.send('anvil_setCode', [target, '0x60006000fd']);
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    backup.resetCounts();
    const error = await provider.call({ to: target }).catch(e => e);
    expect(isCallException(error)).toBe(true);
    expect(backup.httpRequests).toBe(0);
  });

  it('behavior: an endpoint that was down at the start and turns out to be on another chain is never used', async () => {
    const late = await startProxy(other);
    late.behave('fail');
    const provider = await connected([late.rpcUrl, proxy.rpcUrl]);
    late.behave('pass');
    await other.time.mine(7);
    expect(await provider.getBlockNumber()).toBe(0);
    proxy.behave('fail');
    const error = await provider.getBlockNumber().catch(e => e);
    expect(error.message).toContain(`127.0.0.1:${late.port} serves chain 4242, not 31337`);
    expect(late.callCount('eth_blockNumber')).toBe(0);
    await late.close();
  });

  it('behavior: one that was down at the start is used once it is there, and asked for its chain once', async () => {
    proxy.behave('fail');
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl]);
    proxy.behave('pass');
    proxy.resetCounts();
    await provider.getBlockNumber();
    await provider.getBlockNumber();
    expect([proxy.callCount('eth_chainId'), proxy.callCount('eth_blockNumber')]).toEqual([1, 2]);
  });

  it('behavior: many calls in one request, each with its own outcome', async () => {
    const provider = await connected([proxy.rpcUrl]);
    proxy.resetCounts();
    const answers = await provider.sendBatch([
      { method: 'eth_chainId', params: [] },
      { method: 'eth_nonsense', params: [] },
      { method: 'eth_blockNumber', params: [] },
    ]);
    expect(answers).toEqual([
      { id: 1, result: '0x7a69' },
      { id: 2, error: expect.objectContaining({ code: expect.any(Number) }) },
      { id: 3, result: '0x0' },
    ]);
    expect(proxy.httpRequests).toBe(1);
    expect(await provider.sendBatch([])).toEqual([]);
  });

  it('behavior: destroy ends the calls that are pending', async () => {
    const provider = await connected([proxy.rpcUrl, backup.rpcUrl], undefined, {
      attemptMs: 60_000,
      callMs: 60_000,
    });
    proxy.behave('hang');
    proxy.resetCounts();
    backup.resetCounts();
    const pending = [1, 2, 3].map(() => provider.getBlockNumber().catch(e => e));
    await until('all hang', () => proxy.httpRequests === 3);
    provider.destroy();
    const errors = await Promise.all(pending);
    for (const error of errors) {
      expect(error.message).toBe('no RPC endpoint answered: the process is stopping');
    }
    expect(backup.httpRequests).toBe(0);
    provider.destroy();
  });

  it('behavior: after destroy nothing keeps the process alive, though an endpoint hangs', async () => {
    proxy.intercept(({ method }) =>
      method === 'eth_blockNumber' ? new Promise(() => undefined) : undefined,
    );
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
    const head = await readHead(provider);
    expect(head).toEqual({
      number: 0,
      hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      timestamp: expect.any(Number),
      baseFeeWei: 1_000_000_000n,
    });
    expect(await readBlock(provider, 0)).toEqual(head);
  });

  it('behavior: a block that is not there is undefined', async () => {
    const provider = await connected([proxy.rpcUrl]);
    expect(await readBlock(provider, 1_000_000)).toBeUndefined();
  });

  it('behavior: a chain without EIP-1559 has no base fee', async () => {
    proxy.intercept(({ method }) =>
      method === 'eth_getBlockByNumber'
        ? { result: { number: '0x1', hash: '0x', timestamp: '0x2' } }
        : undefined,
    );
    const provider = await connected([proxy.rpcUrl]);
    expect((await readHead(provider)).baseFeeWei).toBeUndefined();
  });

  it('behavior: a node without a latest block is an error', async () => {
    proxy.intercept(({ method }) => (method === 'eth_getBlockByNumber' ? { result: null } : undefined));
    const provider = await connected([proxy.rpcUrl]);
    await expect(readHead(provider)).rejects.toThrow('the node has no latest block');
  });
});
