import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { JsonRpcProvider, Network, Wallet } from 'ethers';
import { type Anvil, devAccounts, type RpcProxy, roles, startAnvil, startProxy } from '../src/index.ts';

let anvil: Anvil;
let proxy: RpcProxy;
let provider: JsonRpcProvider;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
  const network = Network.from(anvil.chainId);
  provider = new JsonRpcProvider(proxy.rpcUrl, network, { staticNetwork: network, cacheTimeout: -1 });
});
afterEach(() => {
  proxy.behave('pass');
  proxy.delayBy(0);
  proxy.dropReplies([]);
  proxy.intercept(undefined);
  proxy.resetCounts();
});
afterAll(async () => {
  provider.destroy();
  await proxy.close();
  await anvil.stop();
});

function post(body: unknown, timeoutMs = 10_000): Promise<Response> {
  return fetch(proxy.rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
}
const call = (id: number, method: string, params: unknown[] = []) => ({ jsonrpc: '2.0', id, method, params });

describe('startProxy', () => {
  it('default: passes calls on and counts them', async () => {
    await anvil.time.mine(3);
    expect(await provider.send('eth_blockNumber', [])).toBe('0x3');
    const [block, balance] = await Promise.all([
      provider.getBlockNumber(),
      provider.getBalance(devAccounts[0].address),
    ]);
    expect(block).toBe(3);
    expect(balance).toBeGreaterThan(0n);
    // ethers put the last two into one batch.
    expect(proxy.httpRequests).toBe(2);
    expect(proxy.callCount('eth_blockNumber')).toBe(2);
    expect(proxy.callCount()).toBe(3);
    expect([...proxy.calls]).toEqual([
      ['eth_blockNumber', 2],
      ['eth_getBalance', 1],
    ]);
    proxy.resetCounts();
    expect([proxy.httpRequests, proxy.callCount()]).toEqual([0, 0]);
  });

  it('behavior: the chain’s own errors come through, and what is not JSON-RPC is its to judge', async () => {
    const unknown = await (await post(call(7, 'eth_nonsense'))).json();
    expect(unknown).toMatchObject({ id: 7, error: { code: -32601 } });
    const direct = await fetch(anvil.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'nonsense',
    });
    const proxied = await post('nonsense');
    expect([proxied.status, await proxied.text()]).toEqual([direct.status, await direct.text()]);
  });

  it('error: 502 when the chain cannot be reached', async () => {
    const gone = await startAnvil();
    await gone.stop();
    const lost = await startProxy(gone);
    const response = await fetch(lost.rpcUrl, {
      method: 'POST',
      body: JSON.stringify(call(1, 'eth_chainId')),
    });
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/cannot be reached/);
    await lost.close();
  });
});

describe('behave', () => {
  it('behavior: fails, answers otherwise, breaks the connection, hangs, and still counts', async () => {
    proxy.behave('fail');
    expect((await post(call(1, 'eth_chainId'))).status).toBe(503);
    proxy.behave({ status: 429, headers: { 'retry-after': '3' }, body: 'slow down' });
    const limited = await post(call(1, 'eth_chainId'));
    expect([limited.status, limited.headers.get('retry-after'), await limited.text()]).toEqual([
      429,
      '3',
      'slow down',
    ]);
    proxy.behave('refuse');
    await expect(post(call(1, 'eth_chainId'))).rejects.toThrow('fetch failed');
    proxy.behave('hang');
    await expect(post(call(1, 'eth_chainId'), 1_000)).rejects.toThrow(/timeout/);
    expect(proxy.callCount('eth_chainId')).toBe(4);
  });

  it('behavior: delays', async () => {
    proxy.delayBy(200);
    const start = performance.now();
    expect((await post(call(1, 'eth_chainId'))).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(195);
  });
});

describe('dropReplies', () => {
  it.each(['hang', 'refuse'] as const)(
    'behavior: the call is carried out, the answer lost (%s)',
    async how => {
      proxy.dropReplies(['eth_sendRawTransaction'], how);
      const wallet = new Wallet(roles.bot.privateKey, anvil.provider);
      const transaction = await wallet.populateTransaction({ to: devAccounts[0].address, value: 1n });
      const nonce = await wallet.getNonce();
      const raw = await wallet.signTransaction(transaction);
      await expect(post(call(1, 'eth_sendRawTransaction', [raw]), 1_000)).rejects.toThrow();
      // The node has it; it is mined a moment later.
      expect(await wallet.getNonce('pending')).toBe(nonce + 1);
      expect((await post(call(1, 'eth_chainId'))).status).toBe(200);
    },
  );
});

describe('intercept', () => {
  it('behavior: answers or refuses a method, lets the others through, in a batch too', async () => {
    await anvil.time.mine();
    proxy.intercept(({ method }) => {
      if (method === 'eth_gasPrice') return { result: '0x2a' };
      if (method === 'eth_getLogs') return { error: { code: -32005, message: 'too many results' } };
      return undefined;
    });
    expect(await provider.send('eth_gasPrice', [])).toBe('0x2a');
    const response = await post([
      call(1, 'eth_getLogs', [{}]),
      call(2, 'eth_chainId'),
      call(3, 'eth_gasPrice'),
      call(4, 'eth_nonsense'),
    ]);
    expect(await response.json()).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32005, message: 'too many results' } },
      { jsonrpc: '2.0', id: 2, result: '0x7a69' },
      { jsonrpc: '2.0', id: 3, result: '0x2a' },
      { jsonrpc: '2.0', id: 4, error: expect.objectContaining({ code: -32601 }) },
    ]);
    expect(proxy.callCount()).toBe(5);
  });

  it('behavior: may rewrite the request’s answer after asking the chain itself', async () => {
    proxy.intercept(async ({ method, params }) => {
      if (method !== 'eth_blockNumber') return undefined;
      const real = Number(await anvil.send(method, params as unknown[]));
      return { result: `0x${(real + 100).toString(16)}` };
    });
    const { number } = await anvil.time.latest();
    expect(Number(await provider.send('eth_blockNumber', []))).toBe(number + 100);
  });
});
