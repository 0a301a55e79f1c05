import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { overviewSchema } from '../src/overview/schema.ts';
import type { Watched } from '../src/polling/watched.ts';
import { Live } from '../src/server/Live.ts';
import { Publisher } from '../src/server/Publisher.ts';
import { type PageServer, startPage } from '../src/server/startPage.ts';
import { at, nowMs, overview, poolA, silent, statusOf, working } from './fixtures.ts';

const token = 'a-token-of-20-characters';
const attack = `"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'${'x'.repeat(10_000)}`;
const wallet = {
  address: `0x${'12'.repeat(20)}`,
  currency: 'ETH',
  balanceWei: '1500000000000000000',
  actionsLeft: 42,
  functions: ['checkpoint(uint256,uint256)'],
};
const healthy = () => [
  working(
    'checkpoint',
    statusOf('checkpoint', {
      wallet,
      pools: [{ address: poolA, name: 'sUSDe 182 days', next: { what: 'mint', at: at(600) } }],
    }),
  ),
  working(
    'invariant',
    statusOf('invariant', {
      pools: [
        {
          address: poolA,
          name: 'sUSDe 182 days',
          details: {
            checks: { solvency: { outcome: 'holds', headroom: '12 shares', headroomPart: '12.5 %' } },
          },
        },
      ],
    }),
  ),
];

let shown = overview(healthy());
let monotonicMs = 0;
const servers: PageServer[] = [];
async function serve(given: string | undefined) {
  const live = new Live(() => monotonicMs);
  const page = await startPage('127.0.0.1', 0, {
    token: given,
    overview: () => shown,
    ownOverview: () => shown,
    events: () => [],
    metrics: async () => 'up 1\n',
    live,
    changedSince: () => new Map(),
    now: () => nowMs,
    monotonicMs: () => monotonicMs,
  });
  servers.push(page);
  return { live, url: `http://127.0.0.1:${page.port}` };
}
let open: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  open = await serve(undefined);
});
afterAll(async () => {
  await Promise.all(servers.map(server => server.close()));
});
const get = (path: string, init: RequestInit = {}) => fetch(`${open.url}${path}`, init);

describe('the page', () => {
  it('says first that all is well, and since when', async () => {
    shown = overview(healthy());
    const text = await (await get('/')).text();
    expect(text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')).toMatch(/All is well: 2 bots work, for 1 h/);
    for (const fact of [
      'sUSDe 182 days',
      wallet.address,
      '1.5 ETH',
      'actions at today',
      'in 10 min',
      '12.5 %',
      '10.0.0.7',
    ])
      expect(text).toContain(fact);
  });

  it('says first what is worst', async () => {
    shown = overview([silent(working('checkpoint', statusOf('checkpoint')), 3, 30)]);
    const text = await (await get('/')).text();
    expect(text).toMatch(/class="verdict critical"[\s\S]{0,200}checkpoint gives no valid answer for 30 s/);
  });

  it('shows texts of strangers as texts, in bounded length', async () => {
    const status = statusOf('checkpoint', {
      version: attack,
      environment: attack,
      pools: [
        {
          address: poolA,
          name: attack,
          lastError: attack,
          consecutiveErrors: 2,
          lastAction: { what: attack, at: at(-5), link: 'javascript:alert(3)' },
          next: { what: attack, at: attack },
          details: { checks: { [attack.slice(0, 40)]: { outcome: attack } } },
        },
      ],
      openAlerts: [
        {
          key: "k'; rm -rf / #",
          check: 'x',
          severity: 'critical',
          title: attack,
          message: attack,
          since: at(-60),
          runbook: 'javascript:alert(4)',
        },
      ],
      endpoints: [{ host: attack, state: attack, lastFault: attack }],
      channels: [{ name: attack, failing: { since: at(-5), reason: attack } }],
    });
    shown = overview([working('checkpoint', status)]);
    for (const path of ['/', '/bots/checkpoint', `/pools/1/${poolA}`]) {
      const text = await (await get(path)).text();
      expect(text).not.toMatch(/<script>alert|<img|\u202e|href="javascript|x{1000}|rm -rf/);
      expect(text).toContain('&lt;script&gt;alert(1)');
    }
    expect(JSON.stringify(await (await get('/api/status')).json())).not.toMatch(/\u202e|x{1000}/);
  });

  it('answers /api/status in the form of its published schema', async () => {
    shown = overview(healthy());
    const body = await (await get('/api/status')).json();
    expect(overviewSchema.parse(body)).toEqual(body);
    expect(await (await get('/api/schema')).json()).toMatchObject({
      type: 'object',
      required: expect.arrayContaining(['version', 'alerts', 'wallets']),
    });
  });

  it('allows its own style and script and nothing else', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const text = await (await get('/')).text();
    expect(text).not.toMatch(/ style="| on\w+="|<link rel="stylesheet|src="/);
  });

  it('changes nothing: every method but GET and HEAD is refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/', { method })).status).toBe(405);
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/pools/1/__proto__')).status).toBe(404);
  });

  it('is below 60 kB, compressed, with 100 pools, 5 bots and 50 alerts', async () => {
    const pools = Array.from({ length: 100 }, (_, i) => ({
      address: `0x${i.toString(16).padStart(40, '0')}`,
      name: `Pool ${i}`,
      next: { what: 'mint checkpoint', at: at(i * 60) },
    }));
    const openAlerts = Array.from({ length: 10 }, (_, i) => ({
      key: `a:${i}`,
      check: `check-${i}`,
      severity: 'error',
      title: 'a pool could not be looked after',
      message: `m${i} `.repeat(20),
      since: at(-i),
      owner: 'on-call',
    }));
    shown = overview(
      ['a', 'b', 'c', 'd', 'e'].map(id => working(id, statusOf('checkpoint', { pools, openAlerts, wallet }))),
    );
    const response = await get('/', { headers: { 'accept-encoding': 'gzip' } });
    const { request } = await import('node:http');
    const bytes = await new Promise<number>(resolve => {
      request(open.url, { headers: { 'accept-encoding': 'gzip', host: '127.0.0.1' } }, answer => {
        let sum = 0;
        answer.on('data', (chunk: Buffer) => {
          sum += chunk.length;
        });
        answer.on('end', () => resolve(sum));
      }).end();
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(bytes).toBeLessThan(60_000);
  });
});

describe('access', () => {
  it('without a token, only requests that are addressed to this machine', async () => {
    const { request } = await import('node:http');
    const statusFor = (host: string) =>
      new Promise<number | undefined>(resolve => {
        request(open.url, { headers: { host } }, answer => resolve(answer.resume().statusCode)).end();
      });
    expect(await statusFor('localhost:8080')).toBe(200);
    expect(await statusFor('rebound.example.com')).toBe(421);
  });

  it('no request of a page of another site, but a link there', async () => {
    const { request } = await import('node:http');
    const codeFor = (site: string, mode: string) =>
      new Promise<number | undefined>(resolve => {
        const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode };
        request(`${open.url}/api/status`, { headers }, answer => resolve(answer.resume().statusCode)).end();
      });
    expect(await codeFor('cross-site', 'no-cors')).toBe(403);
    expect(await codeFor('cross-site', 'navigate')).toBe(200);
    expect(await codeFor('same-origin', 'cors')).toBe(200);
  });

  it('with a token, as a bearer token or as the password of basic auth, everywhere', async () => {
    const { url } = await serve(token);
    const codeFor = async (path: string, authorization?: string) =>
      (await fetch(`${url}${path}`, authorization ? { headers: { authorization } } : {})).status;
    for (const path of ['/', '/api/status', '/metrics', '/api/events', '/nothing'])
      expect(await codeFor(path)).toBe(401);
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await codeFor('/', `Bearer ${token}`)).toBe(200);
    expect(await codeFor('/', basic(`anyone:${token}`))).toBe(200);
    for (const wrong of [`Bearer ${token}x`, 'Bearer ', basic(token), basic(`${token}:`), token])
      expect(await codeFor('/', wrong)).toBe(401);
  });

  it('refuses wrong tokens of an address for a minute after ten of them, and never the right one', async () => {
    const { url } = await serve(token);
    const codeFor = async (given: string) =>
      (await fetch(url, { headers: { authorization: `Bearer ${given}` } })).status;
    for (let i = 0; i < 10; i += 1) expect(await codeFor('wrong')).toBe(401);
    expect([await codeFor('wrong'), await codeFor(token)]).toEqual([429, 200]);
    // A browser without a token is asked for it, and is not refused.
    expect((await fetch(url)).status).toBe(401);
    monotonicMs += 60_001;
    expect(await codeFor('wrong')).toBe(401);
  });
});

describe('live', () => {
  it('sends what changed and nothing else', async () => {
    const publisher = new Publisher();
    const first = overview(healthy());
    expect(publisher.changes(first, nowMs).size).toBe(8);
    expect(publisher.changes({ ...first, at: at(10) }, nowMs).size).toBe(0);
    const changed = overview([silent(healthy()[0] as Watched, 2, 20), healthy()[1] as Watched]);
    expect([...publisher.changes(changed, nowMs).keys()].sort()).toEqual(['bots', 'pools', 'verdict']);
  });

  it('reaches a client, and costs one page at most for a client that does not read', async () => {
    shown = overview(healthy());
    const stop = new AbortController();
    const response = await get('/api/events?as=html', { signal: stop.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const read = async (wanted: string) => {
      let text = '';
      while (!text.includes(wanted)) text += new TextDecoder().decode((await reader.read()).value);
      return text;
    };
    await read('event: beat');
    open.live.publish(
      new Map([['bots', { html: '{"section":"bots","html":"<p>new</p>"}', json: '{}' }]]),
      at(10),
    );
    expect(await read('event: section')).toContain('<p>new</p>');
    // From here on the client does not read. Only the newest message of each kind is kept, for any number of
    // publications.
    const large = 'x'.repeat(100_000);
    for (let i = 0; i < 300; i += 1)
      open.live.publish(new Map([['bots', { html: large, json: '{}' }]]), at(i));
    await new Promise(resolve => setTimeout(resolve, 50));
    monotonicMs += 60_001;
    open.live.publish(new Map(), at(400));
    stop.abort();
    const end = Date.now() + 5_000;
    while (open.live.size > 0 && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 10));
    expect(open.live.size).toBe(0);
  });
});
