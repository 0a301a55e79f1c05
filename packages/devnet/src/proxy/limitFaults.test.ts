import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { until } from '../until.ts';
import { faults } from './faults.ts';
import { type Provider, providerWordings } from './providerWordings.ts';
import { rawCall, rawPost } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
beforeAll(async () => {
  anvil = await startAnvil();
  await anvil.time.mine(200);
  proxy = await startProxy(anvil);
});
afterEach(async () => {
  await proxy.clearFault();
  proxy.intercept(undefined);
});
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});
const logs = (fromBlock: string, toBlock: string) =>
  rawCall(proxy.rpcUrl, 'eth_getLogs', [{ fromBlock, toBlock }]);

it.each([
  [
    'alchemy',
    200,
    -32600,
    'You can make eth_getLogs requests with up to a 100 block range. Based on your parameters, this block range should work: [0x1, 0x64]',
  ],
  ['infura', 200, -32602, 'range 200 exceeds limit of 100'],
  ['quicknode', 413, -32614, 'eth_getLogs is limited to a 100 range'],
  ['publicnode', 200, -32701, 'exceed maximum block range: 100'],
  ['llamarpc', 200, -32602, 'query exceeds max block range 100'],
  ['ankr', 200, -32600, 'block range is too wide'],
  ['op-proxyd', 200, -32000, 'block range too large'],
] as const)('log-range-limit: %s', async (provider, status, code, message) => {
  await proxy.setFault(faults.logRangeLimit(provider, 100));
  const refused = await logs('0x1', 'latest');
  expect(refused.status).toBe(status);
  expect(refused.json().error).toEqual({ code, message });
  // Both ends count.
  expect((await logs('0x1', '0x64')).json().result).toEqual([]);
  expect((await logs('0x1', '0x65')).json().error?.code).toBe(code);
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).status).toBe(200);
});

it('log-range-limit: the provider’s own limit by default; a block hash is one block', async () => {
  expect(faults.logRangeLimit('quicknode').name).toBe('log-range-limit(quicknode, 10000)');
  await proxy.setFault(faults.logRangeLimit('infura', 1));
  const { hash } = (await anvil.provider.getBlock(5)) ?? {};
  const answer = await rawCall(proxy.rpcUrl, 'eth_getLogs', [{ blockHash: hash }]);
  expect(answer.json().result).toEqual([]);
});

it.each([
  ['alchemy', -32602, /^Log response size exceeded\. .* this block range should work: \[(0x0), (\w+)\]$/],
  ['infura', -32005, /^query returned more than 0 results\. Try with this block range \[(0x0), (\w+)\]\.$/],
  ['llamarpc', -32602, /^query exceeds max results 0, retry with the range (0)-(\d+)$/],
] as const)('log-result-limit: %s proposes the first half', async (provider, code, message) => {
  const [from] = (await anvil.send('eth_accounts')) as string[];
  // A constructor that logs once: PUSH1 0 PUSH1 0 LOG0.
  const hash = await anvil.send('eth_sendTransaction', [{ from, data: '0x60006000a0', gas: '0x20000' }]);
  await until('it is mined', () => anvil.provider.getTransactionReceipt(hash as string));
  const { number } = await anvil.time.latest();
  await proxy.setFault(faults.logResultLimit(provider, 0));
  const { error } = (await logs('0x0', 'latest')).json();
  expect(error?.code).toBe(code);
  expect(Number(message.exec(error?.message ?? '')?.[2])).toBe(Math.floor(number / 2));
  expect((await logs('0x0', '0x5')).json().result).toEqual([]);
});

it.each([
  ['drpc', 500, 31, /^Batch of more than 3 requests are not allowed on free tier/],
  ['op-proxyd', 200, -32014, /^too many RPC calls in batch request$/],
  ['geth', 200, -32600, /^batch too large$/],
  ['ankr', 200, -32600, /^Too many \["eth_getLogs"\] methods in the batch$/],
] as const)('batch-limit: %s', async (provider, status, code, message) => {
  await proxy.setFault(faults.batchLimit(provider, 3));
  const batch = (calls: number) =>
    rawPost(
      proxy.rpcUrl,
      Array.from({ length: calls }, (_, id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId' })),
    );
  const refused = await batch(4);
  expect(refused.status).toBe(status);
  expect(refused.json()).toMatchObject({
    id: null,
    error: { code, message: expect.stringMatching(message) },
  });
  expect((await batch(3)).json()).toHaveLength(3);
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).status).toBe(200);
});

it('response-limit: 413, or an error, for what is too big', async () => {
  proxy.intercept(({ method }) =>
    method === 'eth_getCode' ? { result: '0x'.padEnd(5_000, '0') } : undefined,
  );
  await proxy.setFault(faults.responseLimit(4_000));
  const page = await rawCall(proxy.rpcUrl, 'eth_getCode');
  expect([page.status, page.headers['content-type']]).toEqual([413, 'text/html']);
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).status).toBe(200);
  await proxy.setFault(faults.responseLimit(4_000, 'op-proxyd'));
  expect((await rawCall(proxy.rpcUrl, 'eth_getCode')).json().error).toEqual({
    code: -32020,
    message: 'backend response too large',
  });
});

it('error: a limit whose wording is not known', () => {
  const without = (limit: 'logRange' | 'batch') =>
    (Object.keys(providerWordings) as Provider[]).find(name => providerWordings[name][limit] === undefined);
  expect(() => faults.logRangeLimit(without('logRange') as Provider)).toThrow(/no wording of a log range/);
  expect(() => faults.batchLimit(without('batch') as Provider)).toThrow(/no wording of a batch/);
});
