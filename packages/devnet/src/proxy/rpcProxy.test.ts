import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { until } from '../until.ts';
import { faults } from './faults.ts';
import { rawCall } from './rawHttp.ts';
import { startProxy } from './rpcProxy.ts';

let anvil: Anvil;
beforeAll(async () => {
  anvil = await startAnvil();
});
afterAll(() => anvil.stop());

it('tells how many of a burst of 150 calls came, and how many hung at once', async () => {
  const proxy = await startProxy(anvil);
  await proxy.setFault(faults.hang);
  const calls = Array.from({ length: 150 }, () => rawCall(proxy.rpcUrl, 'eth_call', [], 30_000));
  await until('all hang', () => proxy.hanging === 150);
  await proxy.close();
  await Promise.all(calls);
  expect([proxy.httpRequests, proxy.callCount('eth_call'), proxy.maxHanging]).toEqual([150, 150, 150]);
});

it('changes faults while it is asked, and loses no request', async () => {
  const proxy = await startProxy(anvil);
  let asking = true;
  const asked = (async () => {
    const ends: string[] = [];
    while (asking) ends.push((await rawCall(proxy.rpcUrl, 'eth_chainId')).end);
    return ends;
  })();
  for (const fault of [
    faults.http500,
    faults.refuse,
    faults.reset,
    faults.refuse,
    faults.stale(2),
    faults.ok,
  ]) {
    await proxy.setFault(fault);
    await new Promise(resolve => setTimeout(resolve, 30));
  }
  asking = false;
  const known = ['complete', 'ECONNREFUSED', 'ECONNRESET'];
  expect([...new Set(await asked)].filter(end => !known.includes(end))).toEqual([]);
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).status).toBe(200);
  await proxy.close();
});

it('a fault is one of many proxies at once, each with its own state', async () => {
  const [one, two] = [await startProxy(anvil), await startProxy(anvil)];
  const fault = faults.flappingByCount(1, 1, faults.http500);
  await Promise.all([one.setFault(fault), two.setFault(fault)]);
  const status = async (url: string) => (await rawCall(url, 'eth_chainId')).status;
  expect([await status(one.rpcUrl), await status(one.rpcUrl), await status(two.rpcUrl)]).toEqual([
    200, 500, 200,
  ]);
  await Promise.all([one.close(), two.close()]);
});

it('faults nest, and the log names the one that was met', async () => {
  const proxy = await startProxy(anvil);
  await proxy.setFault(
    faults.schedule([
      { afterRequests: 1, fault: faults.random(1, faults.lostReplies(['eth_chainId'], 'reset'), 4) },
    ]),
  );
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).status).toBe(200);
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).end).toBe('ECONNRESET');
  expect((await rawCall(proxy.rpcUrl, 'eth_gasPrice')).status).toBe(200);
  expect(proxy.log.map(({ done }) => done)).toEqual(['ok', 'lost-replies(eth_chainId; reset)', 'ok']);
  await proxy.close();
});

it('behave comes before the fault, intercept after it', async () => {
  const proxy = await startProxy(anvil);
  await proxy.setFault(faults.rpc32603, { only: ['eth_gasPrice'] });
  proxy.intercept(({ method }) => (method === 'eth_chainId' ? { result: '0x2a' } : undefined));
  expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).json().result).toBe('0x2a');
  expect((await rawCall(proxy.rpcUrl, 'eth_gasPrice')).json().error?.code).toBe(-32603);
  proxy.behave('fail');
  expect((await rawCall(proxy.rpcUrl, 'eth_gasPrice')).status).toBe(503);
  expect(proxy.log.at(-1)?.done).toBe('fail');
  await proxy.close();
});
