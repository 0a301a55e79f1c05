import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@service-bots/core/clock';
import { fetchStatus } from '../src/polling/fetchStatus.ts';
import { Poller } from '../src/polling/Poller.ts';
import { statusOf } from './fixtures.ts';

const good = () => JSON.stringify(statusOf('checkpoint'));
const drips: NodeJS.Timeout[] = [];
/** The possible answers of a bot, by path. */
const answers: Record<string, (response: ServerResponse) => void> = {
  '/good': response => void response.end(good()),
  '/garbage': response => void response.end('<html>Sign in</html>'),
  '/nothing': response => void response.end(),
  '/array': response => void response.end('[1,2,3]'),
  '/null': response => void response.end('null'),
  '/deep': response => void response.end('['.repeat(1_000_000)),
  '/large': response => void response.end(`{"bot":"${'x'.repeat(10_000_000)}"}`),
  '/redirect': response => void response.writeHead(302, { location: '/good' }).end(),
  '/error': response => void response.writeHead(500).end('down'),
  '/never': () => undefined,
  '/drip': response => void drips.push(setInterval(() => response.write('{'), 50)),
  '/cut': response => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{');
    setTimeout(() => response.destroy(), 20);
  },
};
const server = createServer((request, response) => answers[request.url ?? '']?.(response));
let url: string;
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const drip of drips) clearInterval(drip);
  server.closeAllConnections();
  server.close();
});

describe('fetchStatus', () => {
  it('returns the status, and when it was true', async () => {
    const before = Date.now();
    const { status, atMs, tookMs } = await fetchStatus(`${url}/good`, 2_000, systemClock);
    expect([status.bot, status.pools.length]).toEqual(['checkpoint', 1]);
    expect(atMs).toBeGreaterThanOrEqual(before);
    expect(tookMs).toBeLessThan(2_000);
  });

  it.each([
    ['/garbage', /^answers with a text that is not JSON$/],
    ['/nothing', /^answers with a text that is not JSON$/],
    ['/array', /^answers with JSON that is not the status of a bot$/],
    ['/null', /^answers with JSON that is not the status of a bot$/],
    ['/deep', /^answers with a text that is nested more than 100 deep$/],
    ['/large', /^the answer is larger than 6000000 bytes$/],
    ['/redirect', /^answers with a redirect \(HTTP 302\), which is not followed$/],
    ['/error', /^answers with HTTP 500$/],
    ['/never', /^no complete answer within 0.3 s$/],
    ['/drip', /^no complete answer within 0.3 s$/],
    ['/cut', /^the connection broke off$/],
  ])('%s is refused with its reason', async (path, reason) => {
    const withinMs = ['/never', '/drip'].includes(path) ? 300 : 5_000;
    await expect(fetchStatus(`${url}${path}`, withinMs, systemClock)).rejects.toThrow(reason);
  });

  it('states why a connection is refused', async () => {
    const closed = createServer();
    await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise(resolve => closed.close(resolve));
    const asking = fetchStatus(`http://127.0.0.1:${port}/status`, 2_000, systemClock);
    await expect(asking).rejects.toThrow(/ECONNREFUSED/);
  });

  it('asks once more when this process itself had no time for the answer', async () => {
    const target = { id: 'checkpoint', name: 'checkpoint', url: `${url}/good` };
    const poller = new Poller({ targets: [target], withinMs: 400, clock: systemClock });
    const polling = poller.poll();
    const end = performance.now() + 1_000;
    while (performance.now() < end);
    expect((await polling)[0]).toMatchObject({
      silence: undefined,
      answer: { status: { bot: 'checkpoint' } },
    });
  });
});
