import { expect, it } from '@jest/globals';
import { startForkRelay } from '../src/chain/forkRelay.ts';
import { type ReceivedRequest, startLoopbackServer } from '../src/http/loopbackServer.ts';

const ask = async (url: string) => {
  const response = await fetch(url, { method: 'POST', body: '{"method":"eth_chainId"}' });
  expect(response.headers.get('connection')).toBe('close');
  return { status: response.status, text: await response.text() };
};

it('hands on what it is asked, with the name and password of the URL as a header', async () => {
  const received: ReceivedRequest[] = [];
  const node = await startLoopbackServer(request => {
    received.push(request);
    return { status: 200, body: { result: '0x1' } };
  });
  const relay = await startForkRelay(`http://ann:p%40ss@127.0.0.1:${node.port}/v1?key=k`);
  try {
    expect(await ask(relay.url)).toEqual({ status: 200, text: '{"result":"0x1"}' });
    expect(received).toMatchObject([
      {
        path: '/v1?key=k',
        body: '{"method":"eth_chainId"}',
        headers: { authorization: `Basic ${Buffer.from('ann:p@ss').toString('base64')}` },
      },
    ]);
  } finally {
    await relay.close();
    await node.close();
  }
});

it('a node that does not answer is named by its host alone', async () => {
  const relay = await startForkRelay('http://ann:secret@127.0.0.1:1/the-key');
  try {
    expect(await ask(relay.url)).toEqual({ status: 502, text: '{"error":"127.0.0.1:1 does not answer"}' });
  } finally {
    await relay.close();
  }
});

it('asks again while the node limits the rate or fails, since one failed read ends anvil', async () => {
  const answers = [200, 429, 502, 200, 404].map(status => ({ status, body: { status } }));
  const node = await startLoopbackServer(() => answers.shift() ?? 'refuse');
  const relay = await startForkRelay(node.url, 2_000);
  try {
    expect(await ask(relay.url)).toMatchObject({ status: 200 });
    expect(await ask(relay.url)).toMatchObject({ status: 200 });
    // A refusal is an answer.
    expect(await ask(relay.url)).toMatchObject({ status: 404 });
    expect(await ask(relay.url)).toMatchObject({ status: 502 });
    expect(answers).toEqual([]);
  } finally {
    await relay.close();
    await node.close();
  }
});
