import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type LoopbackServer, startLoopbackServer, timed } from '@service-bots/devnet';
import { startSlowServer } from '../../test/support/slowServer.ts';
import { EndpointFault, exchange } from './exchange.ts';

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
  exchange({ label: new URL(url).host, url }, ids.map(payload), { timeoutMs, signal });
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

  it('behavior: returns the answers of a batch in the order of the calls', async () => {
    const answers = [
      { jsonrpc: '2.0', id: 2, error: { code: 3, message: 'execution reverted' } },
      { jsonrpc: '2.0', id: 1, result: '0x1' },
    ];
    expect(await answered(answers, [1, 2])).toEqual([
      { id: 1, result: '0x1' },
      { id: 2, error: { code: 3, message: 'execution reverted' } },
    ]);
  });

  it.each([400, 401, 403, 404, 410, 500, 502, 503])(
    'fault: a JSON-RPC error with HTTP %s is no answer, and its words are kept',
    async code => {
      const error = { code: -32000, message: 'the plan has expired' };
      const fault = await answered({ jsonrpc: '2.0', id: 1, error }, [1], code).catch(e => e);
      expect(fault).toBeInstanceOf(EndpointFault);
      expect(fault.what).toBe(`answered HTTP ${code}: the plan has expired (-32000)`);
      expect(fault.said).toEqual([{ id: 1, error }]);
    },
  );

  it('fault: does not take a result with a status other than 2xx', async () => {
    await expect(answered({ jsonrpc: '2.0', id: 1, result: '0x1' }, [1], 503)).rejects.toThrow(
      'answered HTTP 503',
    );
  });

  it.each<[string, unknown, object]>([
    ['an id that is text', { id: '1', result: '0x1' }, { result: '0x1' }],
    ['a byte-order mark', `\ufeff{"jsonrpc":"2.0","id":1,"result":"0x1"}`, { result: '0x1' }],
    ['white space around it', `\n\t {"jsonrpc":"2.0","id":1,"result":"0x1"} \r\n`, { result: '0x1' }],
    ['a list of one', [{ id: 1, result: '0x1' }], { result: '0x1' }],
    ['an empty error beside a result', { id: 1, result: '0x1', error: '' }, { result: '0x1' }],
    ['an error that is text', { id: 1, result: null, error: 'no' }, { error: { code: 0, message: 'no' } }],
    [
      'an error without an id',
      { error: { code: -1, message: 'no' } },
      { error: { code: -1, message: 'no' } },
    ],
    [
      'an error whose code is text',
      { id: 1, error: { code: '-32000', message: 'no' } },
      { error: { code: -32000, message: 'no' } },
    ],
    [
      'an error whose message is an object',
      { id: 1, error: { code: 1, message: { why: 'no' } } },
      { error: { code: 1, message: '{"why":"no"}' } },
    ],
  ])('behavior: understands %s', async (_, what, outcome) => {
    expect(await answered(what)).toEqual([{ id: 1, ...outcome }]);
  });

  it('behavior: one error for a whole batch is the answer to each of its calls', async () => {
    const error = { code: -32600, message: 'no batches' };
    for (const whole of [{ id: null, error }, [{ id: null, error }], { error }])
      expect(await answered(whole, [1, 2])).toEqual([
        { id: 1, error },
        { id: 2, error },
      ]);
  });

  it('behavior: answers to calls that were not made are ignored', async () => {
    const answers = [2, 9, 1].map(id => ({ id, result: `0x${id}` }));
    expect(await answered(answers, [1, 2])).toEqual([
      { id: 1, result: '0x1' },
      { id: 2, result: '0x2' },
    ]);
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
    ['half of a batch', [{ id: 1, result: '0x1' }], 200, 'left 1 of 2 calls of a batch unanswered'],
    [
      'two answers to one call',
      [1, 1, 2].map((id, i) => ({ id, result: `0x${i}` })),
      200,
      'answered one call of a batch twice',
    ],
    ['the error of another call', { id: 9, error: { code: 1, message: 'why' } }, 200, 'than ours: why (1)'],
    ['a list of nothing', [null, 1, 'x'], 200, 'is not JSON-RPC'],
  ])('fault: %s', async (name, what, code, reason) => {
    const ids = /batch|two answers/.test(name) ? [1, 2] : [1];
    const error = await answered(what, ids, code).catch(e => e);
    expect(error).toBeInstanceOf(EndpointFault);
    expect(error.message).toContain(reason);
  });

  it('behavior: names only the host of the URL in its message', async () => {
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
    ['a port without a server', 'http://127.0.0.1:1/secret', 'ECONNREFUSED'],
    ['a malformed URL', 'http://127.0.0.1:99999999/secret', 'ERR_INVALID_URL'],
  ])('fault: %s', async (_, url, reason) => {
    const error = await exchange({ label: 'node', url }, [payload(1)], {
      timeoutMs: 1_000,
      signal: never,
    }).catch(e => e);
    expect(error.message).toBe(`node is not reachable (${reason})`);
    expect(`${error.message} ${error.stack}`).not.toContain('secret');
  });

  it('fault: follows no redirect', async () => {
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
    const gateway = createHttpServer((request, response) => {
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

  it('behavior: retries on a new connection when an idle one was closed', async () => {
    let connections = 0;
    let requests = 0;
    const gateway = createHttpServer((request, response) => {
      requests += 1;
      // The second request uses the connection of the first, and finds it closed.
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
    const gateway = createHttpServer(request => request.socket.destroy());
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
    status = 200;
    await asked(here(), 1_000, [1], signal);
    expect(listeners).toBe(0);
  });
});

describe('exchange, with a server that', () => {
  let gateway: Server | TcpServer | undefined;
  afterEach(() => {
    if (gateway && 'closeAllConnections' in gateway) gateway.closeAllConnections();
    gateway?.close();
  });
  const served = async (listener: RequestListener) => {
    const server = createHttpServer(listener);
    gateway = server;
    return listening(server);
  };

  it.each([
    [
      'with an upgrade',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n',
    ],
    ['without one', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ])('switches to another protocol, %s, has answered HTTP 101', async (_, head) => {
    const tcp = createTcpServer(socket => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(head));
    });
    gateway = tcp;
    await once(tcp.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(tcp.address() as AddressInfo).port}`;
    const { ms } = await timed(() => expect(asked(url, 3_000)).rejects.toThrow(EndpointFault));
    expect(ms).toBeLessThan(2_000);
  });

  it.each([
    ['plain', 17, (bytes: Buffer) => bytes, {}],
    ['packed', 200, (bytes: Buffer) => gzipSync(bytes), { 'content-encoding': 'gzip' }],
  ])(
    'sends a reply without bounds (%s) has sent too much, and not all of it is kept',
    async (_, megabytes, pack, headers) => {
      const body = pack(Buffer.alloc(megabytes * 1024 * 1024, ' '));
      const url = await served((_, response) => {
        response.writeHead(200, headers);
        response.end(body);
      });
      const before = process.memoryUsage.rss();
      expect(await asked(url, 10_000)).toEqual([
        { id: 1, error: { code: -32600, message: 'response too large to be read' } },
      ]);
      expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
    },
  );

  it.each<[string, RequestListener]>([
    [
      'body',
      (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
    [
      'early hints',
      (_, response) => {
        const drip = setInterval(() => response.writeProcessing(), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('sends its %s drop by drop has not answered in time', async (_, listener) => {
    const url = await served(listener);
    const { ms } = await timed(() => expect(asked(url, 200)).rejects.toThrow('did not answer in time'));
    expect(ms).toBeLessThan(1_000);
  });

  it('gives a date to come back at is measured by its own clock', async () => {
    const url = await served((_, response) => {
      response.writeHead(429, {
        date: 'Thu, 01 Jan 2015 00:00:00 GMT',
        'retry-after': 'Thu, 01 Jan 2015 00:00:07 GMT',
      });
      response.end();
    });
    await expect(asked(url)).rejects.toMatchObject({ kind: 'rate-limit', pauseMs: 7_000 });
  });

  it('takes longer to connect than Node allows each address is still reached', async () => {
    const slow = await startSlowServer(500);
    try {
      expect(await asked(`http://slow.test:${slow.port}`, 4_000)).toEqual([{ id: 1, result: '0x1' }]);
    } finally {
      slow.close();
    }
  });
});
