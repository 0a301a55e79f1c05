import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { faults } from './faults.ts';
import { rawCall, rawPost } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
});
afterEach(() => proxy.clearFault());
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});
const call = (method = 'eth_chainId') => rawCall(proxy.rpcUrl, method);

it('http-500', async () => {
  await proxy.setFault(faults.http500);
  const answer = await call();
  expect([answer.status, answer.text]).toEqual([500, 'Internal Server Error']);
  await proxy.setFault(faults.http(524));
  expect((await call()).status).toBe(524);
});

it('rate-limit: 429 and no Retry-After', async () => {
  await proxy.setFault(faults.rateLimit);
  const answer = await call();
  expect([answer.status, answer.headers['retry-after']]).toEqual([429, undefined]);
});

it('rate-limit-retry-after: seconds, or a date', async () => {
  await proxy.setFault(faults.rateLimitRetryAfter(7));
  expect((await call()).headers['retry-after']).toBe('7');
  await proxy.setFault(faults.rateLimitRetryAfter(new Date(Date.UTC(2030, 0, 2, 3, 4, 5))));
  const answer = await call();
  expect([answer.status, answer.headers['retry-after']]).toEqual([429, 'Wed, 02 Jan 2030 03:04:05 GMT']);
});

it.each([
  [faults.rpc32005, -32005, 'limit exceeded'],
  [faults.rpc32007, -32007, expect.stringMatching(/request limit reached/) as unknown as string],
  [faults.rpc32603, -32603, 'Internal error'],
] as const)('$name: an error for each call, in HTTP 200', async (fault, code, message) => {
  await proxy.setFault(fault);
  const answer = await call();
  expect(answer.status).toBe(200);
  expect(answer.json().error).toEqual({ code, message });
  const batch = await rawPost(proxy.rpcUrl, [
    { jsonrpc: '2.0', id: 'a', method: 'eth_chainId' },
    { jsonrpc: '2.0', id: 'b', method: 'eth_call' },
  ]);
  expect(batch.json()).toEqual([
    { jsonrpc: '2.0', id: 'a', error: { code, message } },
    { jsonrpc: '2.0', id: 'b', error: { code, message } },
  ]);
});

it('garbage: 200, said to be JSON, and is none', async () => {
  await proxy.setFault(faults.garbage);
  const answer = await call();
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
  expect(() => answer.json()).toThrow(SyntaxError);
});

it('html: a page in HTTP 200', async () => {
  await proxy.setFault(faults.html);
  const answer = await call();
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(answer.text).toMatch(/^<!DOCTYPE html>/);
});

it('empty: 200 without a body', async () => {
  await proxy.setFault(faults.empty);
  const answer = await call();
  expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '0', '']);
});

it('truncated: content-length promises more than comes', async () => {
  await proxy.setFault(faults.truncated);
  const answer = await call();
  expect([answer.status, answer.end]).toEqual([200, 'cut']);
  expect(answer.text.length).toBeGreaterThan(0);
  expect(answer.text.length).toBeLessThan(Number(answer.headers['content-length']));
  await expect(
    fetch(proxy.rpcUrl, { method: 'POST', body: '{"id":1,"method":"eth_chainId"}' }).then(r => r.text()),
  ).rejects.toThrow();
});

it('half-json: a whole HTTP answer with half the JSON', async () => {
  await proxy.setFault(faults.halfJson);
  const answer = await call();
  expect([answer.status, answer.end]).toEqual([200, 'complete']);
  expect(`${answer.text.length}`).toBe(answer.headers['content-length']);
  expect(answer.text).toMatch(/^\{"jsonrpc"/);
  expect(() => answer.json()).toThrow(SyntaxError);
});

it('truncated: a large body is cut too, and writes are carried out', async () => {
  await proxy.setFault(faults.truncated);
  const before = (await anvil.time.latest()).number;
  expect((await call('evm_mine')).end).toBe('cut');
  expect((await anvil.time.latest()).number).toBe(before + 1);
  proxy.intercept(() => ({ result: '0x'.padEnd(3_000_000, 'f') }));
  const answer = await call();
  proxy.intercept(undefined);
  expect(answer.end).toBe('cut');
  expect(Math.abs(answer.text.length - 1_500_000)).toBeLessThan(100);
});
