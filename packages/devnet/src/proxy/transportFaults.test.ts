import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { until } from '../until.ts';
import { faults } from './faults.ts';
import { rawCall } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';

let anvil: Anvil;
let proxy: RpcProxy;
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
});
afterEach(async () => {
  await proxy.clearFault();
  proxy.resetCounts();
});
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});
const call = (method = 'eth_chainId', timeoutMs?: number) => rawCall(proxy.rpcUrl, method, [], timeoutMs);

it('ok: the chain’s own answer', async () => {
  expect((await call()).json().result).toBe('0x7a69');
  expect(proxy.log.at(-1)).toMatchObject({ methods: ['eth_chainId'], done: 'ok', end: 'answered' });
});

it('hang: never answers, and knows how many hang at once', async () => {
  await proxy.setFault(faults.hang);
  const answers = await Promise.all(Array.from({ length: 5 }, () => call('eth_blockNumber', 1_000)));
  expect(answers.map(answer => answer.end)).toEqual(Array(5).fill('timeout'));
  expect([proxy.maxHanging, proxy.maxInFlight]).toEqual([5, 5]);
  // The clients have given up: nothing is left over.
  await until('the clients are gone', () => proxy.hanging === 0 && proxy.inFlight === 0);
  expect(proxy.log.at(-1)).toMatchObject({ done: 'hang', end: 'client gone' });
});

it('slow: the answer comes late, the call is carried out at once', async () => {
  await proxy.setFault(faults.slow(200));
  const start = performance.now();
  expect((await call()).json().result).toBe('0x7a69');
  expect(performance.now() - start).toBeGreaterThanOrEqual(195);
  await proxy.setFault(faults.slow(30_000));
  const before = (await anvil.time.latest()).number;
  expect((await call('evm_mine', 1_000)).end).toBe('timeout');
  expect((await anvil.time.latest()).number).toBe(before + 1);
});

it('reset: the connection is reset after the request was read', async () => {
  await proxy.setFault(faults.reset);
  expect((await call()).end).toBe('ECONNRESET');
  expect(proxy.callCount('eth_chainId')).toBe(1);
  expect(proxy.log.at(-1)).toMatchObject({ done: 'reset', end: 'broken' });
});

it('refuse: nothing listens, and later the same port does again', async () => {
  const { rpcUrl } = proxy;
  for (let round = 0; round < 3; round += 1) {
    await proxy.setFault(faults.refuse);
    expect((await call()).end).toBe('ECONNREFUSED');
    expect(proxy.httpRequests).toBe(round);
    await proxy.clearFault();
    expect((await rawCall(rpcUrl, 'eth_chainId')).json().result).toBe('0x7a69');
  }
});

it('refuse: ends connections that hang', async () => {
  await proxy.setFault(faults.hang);
  const hanging = call();
  await until('the call hangs', () => proxy.hanging === 1);
  await proxy.setFault(faults.refuse);
  expect((await hanging).end).toBe('ECONNRESET');
  await until('the client is gone', () => proxy.inFlight === 0);
});

it('close: ends what hangs, also when closed while refusing', async () => {
  const one = await startProxy(anvil);
  await one.setFault(faults.hang);
  const hanging = rawCall(one.rpcUrl, 'eth_chainId');
  await until('the call hangs', () => one.hanging === 1);
  await one.close();
  expect((await hanging).end).toBe('ECONNRESET');
  await one.close();

  const two = await startProxy(anvil);
  await two.setFault(faults.refuse);
  await two.close();
  expect((await rawCall(two.rpcUrl, 'eth_chainId')).end).toBe('ECONNREFUSED');
});
