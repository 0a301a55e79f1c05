import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { httpRequest } from './httpRequest.ts';
import { ReplyTooLarge } from './unpacked.ts';

const endless: RequestListener = (_, response) => {
  const timer = setInterval(() => response.write('x'.repeat(1_000)), 5);
  response.on('close', () => clearInterval(timer));
};

const pages: Readonly<Record<string, RequestListener>> = {
  '/text': (_, response) => response.end('\uFEFF{"x":1}'),
  '/packed': (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('hello')),
  '/moved': (_, response) => response.writeHead(302, { location: '/headers' }).end(),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/headers': ({ method, headers }, response) => response.end(JSON.stringify({ method, ...headers })),
  '/endless': endless,
  '/endless-error': (request, response) => endless(request, response.writeHead(500)),
  '/broken': (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('abc');
    setTimeout(() => response.destroy(), 20);
  },
  '/silent': () => undefined,
};
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => pages[request.url ?? '']?.(request, response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const request = (path: string, options: Partial<Parameters<typeof httpRequest>[1]> = {}) =>
  httpRequest(url + path, { signal: AbortSignal.timeout(5_000), mostBytes: 5_000, ...options });

describe('httpRequest', () => {
  it('default: returns the status and the text, without a byte order mark', async () =>
    expect(await request('/text')).toMatchObject({ status: 200, ok: true, body: '{"x":1}' }));

  it('default: a body makes it a POST of JSON', async () =>
    expect(JSON.parse((await request('/headers', { body: '{}' })).body)).toMatchObject({
      method: 'POST',
      'content-type': 'application/json',
      'content-length': '2',
      'user-agent': 'node',
    }));

  it('behavior: a packed body is unpacked, also where it may be cut', async () => {
    expect((await request('/packed')).body).toBe('hello');
    expect((await request('/packed', { cutAfterMs: 1_000 })).body).toBe('hello');
  });

  it('behavior: a redirect is followed only on request, and the next page gets no header of the caller', async () => {
    expect(await request('/moved')).toMatchObject({ status: 302, ok: false });
    const reply = await request('/moved', { redirects: 1, headers: { authorization: 'Bearer secret' } });
    expect(reply).toMatchObject({ status: 200, body: expect.not.stringContaining('secret') });
    expect(await request('/loop', { redirects: 3 })).toMatchObject({ status: 302, ok: false });
  });

  it('behavior: a body that is too large or does not end is an error, or is cut', async () => {
    await expect(request('/endless')).rejects.toBeInstanceOf(ReplyTooLarge);
    expect((await request('/endless', { cutAfterMs: 1_000 })).body).toHaveLength(5_000);
    const cut = await request('/endless', { cutAfterMs: 50, mostBytes: 1e9 });
    expect(cut).toMatchObject({ status: 200, body: expect.stringMatching(/^x*$/) });
    expect(await request('/endless-error', { onlyOk: true })).toMatchObject({ status: 500, body: '' });
  });

  it('behavior: a connection that breaks off is an error, or ends the body', async () => {
    await expect(request('/broken')).rejects.toMatchObject({
      code: 'ECONNRESET',
      message: 'the connection broke off',
    });
    expect(await request('/broken', { cutAfterMs: 1_000 })).toMatchObject({ status: 200, body: 'abc' });
  });

  it('error: throws the reason of the signal', async () =>
    expect(request('/silent', { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    }));
});
