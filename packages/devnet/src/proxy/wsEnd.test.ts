import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import { until } from '../until.ts';
import { rawCall } from './rawHttp.ts';
import { type RpcProxy, startProxy } from './rpcProxy.ts';
import { wsFaults } from './wsFaults.ts';

let anvil: Anvil;
let proxy: RpcProxy;
const clients: WebSocket[] = [];
beforeAll(async () => {
  anvil = await startAnvil();
  proxy = await startProxy(anvil);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await proxy.ws.clearFault();
});
afterAll(async () => {
  await proxy.close();
  await anvil.stop();
});

function connect(): WebSocket {
  const client = new WebSocket(proxy.wsUrl);
  client.on('error', () => {});
  clients.push(client);
  return client;
}

/** A client that has subscribed to heads and collects their numbers. */
async function subscriber() {
  const client = connect();
  const heads: number[] = [];
  await once(client, 'open');
  client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] }));
  const [confirmation] = (await once(client, 'message')) as [Buffer];
  expect(JSON.parse(confirmation.toString())).toMatchObject({ id: 1, result: expect.stringMatching(/^0x/) });
  client.on('message', data => {
    const message = JSON.parse(data.toString());
    if (message.method === 'eth_subscription') heads.push(Number(message.params.result.number));
  });
  return { client, heads };
}
async function mine(blocks: number): Promise<number> {
  for (let n = 0; n < blocks; n += 1) await anvil.time.mine();
  return (await anvil.time.latest()).number;
}
/** Expects these heads, and soon after them no other. */
async function expectHeads(heads: readonly number[], expected: readonly number[]): Promise<void> {
  await until('the heads are there', () => heads.length >= expected.length);
  await pause(100);
  expect(heads).toEqual(expected);
}
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

describe('the websocket end', () => {
  it('ok: subscriptions and calls go through, and are counted', async () => {
    const { client, heads } = await subscriber();
    const latest = await mine(3);
    await expectHeads(heads, [latest - 2, latest - 1, latest]);
    client.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'eth_chainId' }));
    const [answer] = (await once(client, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toMatchObject({ id: 2, result: '0x7a69' });
    expect([...proxy.ws.calls.keys()]).toEqual(['eth_subscribe', 'eth_chainId']);
    expect(proxy.ws.connections).toBe(1);
    client.ping();
    await once(client, 'pong');
  });

  it('drop: without a word, or with a closing code; clients may come back', async () => {
    for (const [drop, code] of [
      [() => proxy.ws.drop(), 1006],
      [() => proxy.ws.drop(1012), 1012],
    ] as const) {
      const { client } = await subscriber();
      drop();
      expect((await once(client, 'close'))[0]).toBe(code);
    }
    const { heads } = await subscriber();
    const latest = await mine(1);
    await expectHeads(heads, [latest]);
  });

  it('refuse: nothing listens, the HTTP end does; later the same port again', async () => {
    const { client } = await subscriber();
    const closed = once(client, 'close');
    await proxy.ws.setFault(wsFaults.refuse);
    expect((await closed)[0]).toBe(1006);
    const [error] = (await once(connect(), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    expect((await rawCall(proxy.rpcUrl, 'eth_chainId')).status).toBe(200);
    await proxy.ws.clearFault();
    await subscriber();
  });

  it('no-upgrade: connected, and never let in', async () => {
    await proxy.ws.setFault(wsFaults.noUpgrade);
    const client = connect();
    await pause(200);
    expect(client.readyState).toBe(WebSocket.CONNECTING);
    const closed = new Promise(resolve => client.once('close', resolve));
    proxy.ws.drop();
    expect(await closed).toBe(1006);
  });

  it('hang: no heads, no replies, no pongs, and the connection stays', async () => {
    const { client, heads } = await subscriber();
    await proxy.ws.setFault(wsFaults.hang);
    let said = 0;
    client.on('message', () => (said += 1));
    client.on('pong', () => (said += 1));
    client.ping();
    client.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'eth_chainId' }));
    await mine(2);
    await pause(100);
    expect([said, heads.length, client.readyState]).toEqual([0, 0, WebSocket.OPEN]);
  });

  it('silent: subscribes and replies, but heads never come', async () => {
    await proxy.ws.setFault(wsFaults.silent);
    const { client, heads } = await subscriber();
    await mine(2);
    await pause(100);
    client.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'eth_chainId' }));
    await once(client, 'message');
    expect(heads).toEqual([]);
    await proxy.ws.clearFault();
    const latest = await mine(1);
    await expectHeads(heads, [latest]);
  });

  it('duplicate and skip', async () => {
    const { heads } = await subscriber();
    await proxy.ws.setFault(wsFaults.duplicate());
    let latest = await mine(2);
    await expectHeads(heads, [latest - 1, latest - 1, latest, latest]);
    heads.length = 0;
    await proxy.ws.setFault(wsFaults.skip(3));
    latest = await mine(6);
    await expectHeads(heads, [latest - 5, latest - 4, latest - 2, latest - 1]);
  });

  it('drop-after: each connection lives for so many heads', async () => {
    await proxy.ws.setFault(wsFaults.dropAfter(2));
    const { client, heads } = await subscriber();
    const closed = once(client, 'close');
    const latest = await mine(3);
    expect((await closed)[0]).toBe(1006);
    expect(heads).toEqual([latest - 2, latest - 1]);
  });

  it('ends its clients when the chain goes, and when it is closed', async () => {
    const chain = await startAnvil();
    const other = await startProxy(chain);
    const client = new WebSocket(other.wsUrl);
    await once(client, 'open');
    client.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' }));
    await once(client, 'message');
    const closed = once(client, 'close');
    await chain.stop();
    expect((await closed)[0]).toBe(1006);
    await other.close();
    await other.close();
  });
});
