import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliveryFailed, post, type Service } from '../src/alerts/index.ts';
import { Redactor } from '../src/logger/index.ts';
import { startSlowServer } from './support/slowServer.ts';

const secret = 'a-token-of-some-length';
const redactor = new Redactor([secret]);
const redact = (text: string) => redactor.redact(text);

let url: string;
let answer: (response: ServerResponse) => unknown;
let received: { body: string; headers: IncomingHttpHeaders }[];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push({ body, headers: request.headers });
  answer(response);
});
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/${secret}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const replying = (status: number, headers: Record<string, string> = {}, body = '') => {
  received = [];
  answer = response => response.writeHead(status, headers).end(body);
};
const send = (body: unknown, more: Partial<Parameters<typeof post>[2]> = {}) =>
  post(url, body, { redact, signal: AbortSignal.timeout(5_000), ...more });
const service: Service = {
  name: 'the service',
  accepts: ({ json }) => json?.done === true,
  words: ({ json }) => (typeof json?.words === 'string' ? json.words : undefined),
  isAboutMessage: words => words.startsWith('bad text'),
};
const failure = async (sending: Promise<string>): Promise<DeliveryFailed> => {
  const error: unknown = await sending.then(() => undefined).catch(each => each);
  if (!(error instanceof DeliveryFailed)) throw new Error('it did not fail as a delivery');
  return error;
};

describe('post', () => {
  it('default: JSON arrives, and the answer comes back', async () => {
    replying(200, {}, '{"ok":true}');
    expect(await send({ text: 'hello', wei: 10n }, { headers: { 'x-key': 'k' } })).toBe('{"ok":true}');
    expect(received[0]).toMatchObject({
      body: '{"text":"hello","wei":"10"}',
      headers: { 'content-type': 'application/json', 'x-key': 'k' },
    });
  });

  it('behavior: a service that takes a second to connect gets it, from a machine without IPv6, too', async () => {
    const slow = await startSlowServer(500);
    try {
      const signal = AbortSignal.timeout(5_000);
      expect(await post(`http://slow.test:${slow.port}`, {}, { redact, signal })).toContain('jsonrpc');
    } finally {
      slow.close();
    }
  });

  it('behavior: secrets do not arrive, but for those in the envelope', async () => {
    replying(200);
    const envelope = { routing_key: secret, payload: { severity: 'critical' } };
    await send({ payload: { summary: `it is ${secret}`, [secret]: 1 } }, { envelope });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({
      routing_key: secret,
      payload: { summary: 'it is [redacted]', '[redacted]': 1, severity: 'critical' },
    });
  });

  it('behavior: where nothing can be redacted, nothing but the envelope arrives in clear', async () => {
    replying(200);
    const broken = () => {
      throw new Error('broken');
    };
    await send({ text: `it is ${secret}` }, { redact: broken, envelope: { action: 'trigger' } });
    expect(received[0]?.body).not.toContain(secret);
    expect(received[0]?.body).toContain('withheld');
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ action: 'trigger' });
  });

  it.each([301, 302, 400, 401, 403, 404, 408, 413, 422, 429, 500, 503])(
    'behavior: HTTP %i without words of the service is tried again',
    async status => {
      replying(status, { location: 'http://127.0.0.1:1/elsewhere' }, `no ${secret}`);
      const error = await failure(send({}, { service }));
      expect(error).toMatchObject({ status, permanent: false, message: `HTTP ${status}` });
      expect(error.answer).toBe('no [redacted]');
      expect(received).toHaveLength(1);
    },
  );

  it.each([
    [400, 'bad text', true],
    [413, 'bad text', true],
    [422, 'bad text', true],
    [400, 'bad token', false],
    [401, 'bad text', false],
    [403, 'bad text', false],
    [404, 'bad text', false],
    [429, 'bad text', false],
    [500, 'bad text', false],
  ])('behavior: HTTP %i with the words "%s" is for good: %s', async (status, words, permanent) => {
    replying(status, {}, JSON.stringify({ words: `${words} ${secret}` }));
    expect(await failure(send({}, { service }))).toMatchObject({
      permanent,
      message: `HTTP ${status}: ${words} [redacted]`,
    });
  });

  it.each([
    ['the page of a captive portal', '<!DOCTYPE html><title>Log in</title>'],
    ['an answer of another program', '{"status":"up"}'],
    ['nothing', ''],
    ['half an answer', '{"done":tr'],
  ])('error: HTTP 200 with %s is no delivery', async (_, body) => {
    replying(200, {}, body);
    expect(await failure(send({}, { service }))).toMatchObject({
      permanent: false,
      isPassing: true,
      message: 'HTTP 200, but the answer is not the service’s: a proxy or a login page may be in between',
    });
  });

  it.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    [
      'a date, by the service’s own clock',
      { 'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT', date: 'Sat, 21 Nov 2026 10:00:00 GMT' },
      30_000,
    ],
    ['nothing that makes sense', { 'retry-after': 'soon' }, undefined],
  ])('behavior: Retry-After in %s', async (_, headers, retryAfterMs) => {
    replying(429, headers as Record<string, string>);
    expect((await failure(send({}))).retryAfterMs).toBe(retryAfterMs);
  });

  it('behavior: an answer that never ends is taken as far as it goes; what was posted is not posted again', async () => {
    received = [];
    answer = response => response.writeHead(200).write('{"ok":');
    const { signal } = new AbortController();
    expect(await send({ text: 'hello' }, { signal })).toBe('{"ok":');
    expect(received).toHaveLength(1);
  });

  it('behavior: no connection, no answer in time, an impossible URL: to be tried again, and none tells the URL', async () => {
    answer = () => undefined;
    const options = { redact, signal: AbortSignal.timeout(50) };
    const failures = await Promise.all([
      failure(post(`http://127.0.0.1:1/${secret}`, {}, { redact, signal: AbortSignal.timeout(5_000) })),
      failure(post(url, {}, options)),
      failure(post(`nonsense ${secret}`, {}, { redact, signal: AbortSignal.timeout(5_000) })),
    ]);
    expect(failures.map(({ message }) => message)).toEqual([
      'no connection (ECONNREFUSED)',
      'no answer in time',
      'no connection (ERR_INVALID_URL)',
    ]);
    for (const { permanent, stack, cause } of failures) {
      expect([permanent, cause]).toEqual([false, undefined]);
      expect(stack).not.toContain(secret);
    }
  });
});
