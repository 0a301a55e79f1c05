import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LoopbackServer, startLoopbackServer } from '@service-bots/devnet';
import { EndpointFault, exchange } from './transport.ts';

let server: LoopbackServer;
let body: unknown = '';
let status = 200;
beforeAll(async () => {
  server = await startLoopbackServer(() => ({ status, body }));
});
afterAll(() => server.close());

const payload = (id: number) => ({ jsonrpc: '2.0' as const, id, method: 'eth_blockNumber', params: [] });
const never = new AbortController().signal;
const asked = (url: string, timeoutMs = 1_000, ids = [1], signal = never) =>
  exchange(new URL(url).host, url, ids.map(payload), timeoutMs, signal);
const here = () => `${server.url}/v2/secret-key?apikey=secret-too`;
async function answered(what: unknown, ids = [1], code = 200) {
  body = what;
  status = code;
  return asked(here(), 1_000, ids);
}

async function listening(gateway: Server): Promise<string> {
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
}

describe('exchange', () => {
  it('default: a result', async () => {
    expect(await answered({ jsonrpc: '2.0', id: 1, result: '0x1' })).toEqual([{ id: 1, result: '0x1' }]);
  });

  it('behavior: answers of a batch come in the order of the questions', async () => {
    const answers = [
      { jsonrpc: '2.0', id: 2, error: { code: 3, message: 'execution reverted' } },
      { jsonrpc: '2.0', id: 1, result: '0x1' },
    ];
    expect(await answered(answers, [1, 2])).toEqual([
      { id: 1, result: '0x1' },
      { id: 2, error: { code: 3, message: 'execution reverted' } },
    ]);
  });

  it.each([400, 500])('behavior: a JSON-RPC error is an answer, also with HTTP %s', async code => {
    const error = { code: 3, message: 'execution reverted' };
    expect(await answered({ jsonrpc: '2.0', id: 1, error }, [1], code)).toEqual([{ id: 1, error }]);
  });

  it('behavior: a result of null is a result, also beside an error of null', async () => {
    expect(await answered({ jsonrpc: '2.0', id: 1, result: null, error: null })).toEqual([
      { id: 1, result: null },
    ]);
  });

  it.each([
    ['HTML', '<html>502 Bad Gateway</html>', 200, 'sent something that is not JSON-RPC'],
    ['an HTTP error', 'oops', 503, 'answered HTTP 503'],
    [
      'a rate limit of the gateway',
      { error: { code: -32005, message: 'slow down' }, id: null },
      429,
      'HTTP 429',
    ],
    ['nothing', '', 200, 'is not JSON-RPC'],
    ['null', 'null', 200, 'is not JSON-RPC'],
    ['the answer to another question', { id: 9, result: '0x1' }, 200, 'is not JSON-RPC'],
    ['neither result nor error', { id: 1, error: null }, 200, 'is not JSON-RPC'],
    ['half of a batch', [{ id: 1, result: '0x1' }], 200, 'is not JSON-RPC'],
  ])('fault: %s', async (name, what, code, reason) => {
    const ids = name === 'half of a batch' ? [1, 2] : [1];
    const error = await answered(what, ids, code).catch(e => e);
    expect(error).toBeInstanceOf(EndpointFault);
    expect(error.message).toContain(reason);
  });

  it('behavior: what it says names the host and nothing else of the URL', async () => {
    const gone = await startLoopbackServer(() => 'hang');
    await gone.close();
    const faults = await Promise.all([
      answered('x', [1], 500).catch(e => e),
      asked(`${gone.url}/v2/secret-key`).catch(e => e),
      asked(here(), 0).catch(e => e),
    ]);
    for (const fault of faults) {
      expect(fault).toBeInstanceOf(EndpointFault);
      expect(fault.message).toMatch(/^127\.0\.0\.1:\d+ /);
      expect(`${fault.message} ${fault.stack} ${JSON.stringify(fault)}`).not.toContain('secret');
    }
    expect(faults[1].message).toBe(`127.0.0.1:${gone.port} is not reachable (ECONNREFUSED)`);
  });

  it.each([
    ['a port that nobody listens on', 'http://127.0.0.1:1/secret', 'ECONNREFUSED'],
    ['a malformed URL', 'http://127.0.0.1:99999999/secret', 'ERR_INVALID_URL'],
  ])('fault: %s', async (_, url, reason) => {
    const error = await exchange('node', url, [payload(1)], 1_000, never).catch(e => e);
    expect(error.message).toBe(`node is not reachable (${reason})`);
    expect(`${error.message} ${error.stack}`).not.toContain('secret');
  });

  it('fault: a redirect is not followed, with whatever it would be sent to', async () => {
    const elsewhere = await startLoopbackServer(() => ({
      status: 307,
      headers: { location: server.url },
      body: '',
    }));
    await expect(asked(elsewhere.url)).rejects.toThrow('answered HTTP 307');
    await elsewhere.close();
  });

  it('behavior: answers may be compressed', async () => {
    const answer = gzipSync(JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x1' }));
    const asks: unknown[] = [];
    const gateway = createServer((request, response) => {
      asks.push(request.headers['accept-encoding']);
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(asks.length === 1 ? answer : answer.subarray(0, 20));
    });
    const url = await listening(gateway);
    expect(await asked(url)).toEqual([{ id: 1, result: '0x1' }]);
    expect(asks).toEqual(['gzip']);
    await expect(asked(url)).rejects.toThrow(EndpointFault);
    gateway.close();
  });

  it('behavior: a connection that was closed while it was idle is no fault', async () => {
    let connections = 0;
    let requests = 0;
    const gateway = createServer((request, response) => {
      requests += 1;
      // The second comes over the connection of the first, and finds it closed.
      if (requests === 2) request.socket.destroy();
      else response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: `${requests}` }));
    });
    gateway.on('connection', () => {
      connections += 1;
    });
    const url = await listening(gateway);
    expect(await asked(url)).toEqual([{ id: 1, result: '1' }]);
    expect(await asked(url)).toEqual([{ id: 1, result: '3' }]);
    expect(connections).toBe(2);
    gateway.close();
  });

  it('fault: a new connection that is closed without an answer', async () => {
    const gateway = createServer(request => request.socket.destroy());
    await expect(asked(await listening(gateway))).rejects.toThrow('is not reachable (ECONNRESET)');
    gateway.close();
  });

  it('behavior: leaves no listener on the signal that outlives it', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    body = { jsonrpc: '2.0', id: 1, result: '0x1' };
    await asked(here(), 1_000, [1], signal);
    expect(listeners).toBe(0);
  });
});
