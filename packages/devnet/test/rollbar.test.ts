import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RollbarSink, startRollbar } from '../src/index.ts';

let rollbar: RollbarSink;
beforeAll(async () => {
  rollbar = await startRollbar({ token: 'good' });
});
afterEach(() => {
  rollbar.behave('ok');
  rollbar.clear();
});
afterAll(() => rollbar.close());

function post(
  body: unknown,
  options: { token?: string | null; signal?: AbortSignal } = {},
): Promise<Response> {
  const { token = 'good', signal } = options;
  return fetch(rollbar.endpoint, {
    method: 'POST',
    headers: token === null ? {} : { 'X-Rollbar-Access-Token': token },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

function item(message: string, more: object = {}): object {
  return { data: { environment: 'checkpoint-local', body: { message: { body: message } }, ...more } };
}

describe('startRollbar', () => {
  it('default: records what it accepts', async () => {
    const custom = { alert: { check: 'mint' } };
    const sent = item('boom', {
      level: 'critical',
      title: '[mint] boom',
      fingerprint: 'f',
      uuid: 'u',
      custom,
    });
    const response = await post(sent);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ err: 0, result: { id: null, uuid: 'u' } });
    expect(rollbar.items).toHaveLength(1);
    expect(rollbar.items[0]).toMatchObject({
      token: 'good',
      level: 'critical',
      environment: 'checkpoint-local',
      title: '[mint] boom',
      fingerprint: 'f',
      message: 'boom',
      custom,
      rawBody: JSON.stringify(sent),
    });
    expect(rollbar.requests.map(request => request.outcome)).toEqual([200]);
  });

  it('behavior: the message of an error is that of the error thrown, not of its cause', async () => {
    const chain = [{ exception: { message: 'thrown' } }, { exception: { message: 'cause' } }];
    await post(item('', { body: { trace_chain: chain } }));
    await post(item('', { body: { trace: { exception: { message: 'alone' } } } }));
    expect(rollbar.items.map(({ message }) => message)).toEqual(['thrown', 'alone']);
  });

  it.each([
    ['no token', 401, item('x'), null],
    ['an empty token', 401, item('x'), ''],
    ['another token', 401, item('x'), 'bad'],
    ['a body that is not JSON', 400, '{"data":', 'good'],
    ['no data', 422, {}, 'good'],
    ['JSON that is no object', 422, 'null', 'good'],
    ['no environment', 422, { data: { body: { message: { body: 'x' } } } }, 'good'],
    ['no body', 422, { data: { environment: 'x' } }, 'good'],
    ['a body of no known kind', 422, { data: { environment: 'x', body: {} } }, 'good'],
    ['more than 512 KiB', 413, item('x'.repeat(520 * 1024)), 'good'],
  ])('error: %s is answered with %d and not recorded', async (_, status, body, token) => {
    const response = await post(body, { token });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ err: 1, message: expect.any(String) });
    expect(rollbar.items).toHaveLength(0);
    expect(rollbar.requests.map(request => request.outcome)).toEqual([status]);
  });

  it('error: another path or method', async () => {
    expect((await fetch(rollbar.url, { method: 'POST' })).status).toBe(404);
    expect((await fetch(rollbar.endpoint)).status).toBe(405);
  });
});

describe('behave', () => {
  it('behavior: fails, limits, and is well again', async () => {
    rollbar.behave('fail');
    expect((await post(item('a'))).status).toBe(500);
    rollbar.behave('rate-limit');
    const limited = await post(item('b'));
    expect(limited.status).toBe(429);
    expect(limited.headers.get('x-rate-limit-remaining-seconds')).toBe('60');
    expect(rollbar.items).toHaveLength(0);
    rollbar.behave('ok');
    expect((await post(item('c'))).status).toBe(200);
    expect(rollbar.items.map(({ message }) => message)).toEqual(['c']);
  });

  it('behavior: breaks the connection', async () => {
    rollbar.behave('refuse');
    await expect(post(item('a'))).rejects.toThrow('fetch failed');
    expect(rollbar.requests.map(request => request.outcome)).toEqual(['refuse']);
  });

  it('behavior: hangs until it is closed, and closes all the same', async () => {
    const other = await startRollbar();
    other.behave('hang');
    const answer = fetch(other.endpoint, { method: 'POST', body: '{}' }).then(
      () => 'answered',
      () => 'broken',
    );
    const first = await Promise.race([answer, new Promise(resolve => setTimeout(resolve, 200, 'nothing'))]);
    expect(first).toBe('nothing');
    await other.close();
    expect(await answer).toBe('broken');
  });
});

describe('waitForItem', () => {
  it('behavior: an item there already, or one to come', async () => {
    await post(item('first'));
    expect((await rollbar.waitForItem()).message).toBe('first');
    const second = rollbar.waitForItem(({ message }) => message === 'second');
    await post(item('other'));
    await post(item('second'));
    expect((await second).message).toBe('second');
  });

  it('error: says what came instead', async () => {
    await post('nonsense');
    await post(item('something else'));
    await expect(rollbar.waitForItem(({ level }) => level === 'critical', 50)).rejects.toThrow(
      /no such item within 50 ms; requests: 400, 200; items: .*something else/,
    );
  });
});
