import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chainOf, explorers } from '../../chains/index.ts';
import { SetupError } from '../../errors/index.ts';
import { Redactor } from '../../logger/index.ts';
import { Metrics } from './Metrics.ts';
import { Status } from './Status.ts';
import { type StatusServer, startStatusServer } from './startStatusServer.ts';

const secret = `0x${'5e'.repeat(32)}`;
const pool = `0x${'11'.repeat(20)}`;
let now = 1_800_000_000_000;
let status: Status;
let metrics: Metrics;
let server: StatusServer;
beforeAll(async () => {
  status = new Status({ bot: 'keeper', version: '1.2.3', startedAt: now });
  metrics = new Metrics(status, () => now);
  server = await startStatusServer({
    host: '127.0.0.1',
    port: 0,
    status,
    metrics,
    redactor: new Redactor([secret], { keepUrls: explorers }),
    now: () => now,
  });
});
afterAll(() => {
  server.close();
  metrics.registry.clear();
});

async function get(path: string) {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return {
    code: response.status,
    type: response.headers.get('content-type') ?? '',
    body: await response.text(),
  };
}
/** A round that is completed now; the next has to be completed within a minute. */
function completeRound() {
  status.rounds += 1;
  status.lastRound = { startedAt: now - 100, endedAt: now, requests: 2 };
  status.lateAfter = now + 60_000;
}

describe('the status server', () => {
  it('default: before the first round it is neither healthy nor ready; then it is both; late, it is not healthy', async () => {
    expect([(await get('/healthz')).code, (await get('/readyz')).code]).toEqual([503, 503]);
    completeRound();
    expect([(await get('/healthz')).code, (await get('/readyz')).code]).toEqual([200, 200]);
    now += 60_001;
    expect([(await get('/healthz')).code, (await get('/readyz')).code]).toEqual([503, 200]);
    completeRound();
    expect((await get('/healthz?verbose=1')).code).toBe(200);
  });

  it('behavior: /status tells where the bot stands, bigints and all, and no secret', async () => {
    status.chain = chainOf(8453);
    status.head = { number: 7, hash: '0x12', parentHash: '0x11', timestamp: 1_800_000_000, baseFeeWei: 1n };
    status.openAlerts = () => [];
    status.setTargets([{ address: pool, name: 'sUSDe 182 days' }]);
    const next = { what: 'mint', chainTime: 1_800_003_600 };
    const minted = [{ what: 'minted', hash: '0xab' }];
    const about = { address: pool, next, details: { solvency: 12n } };
    status.recordTarget(now, { ...about, actions: minted }, undefined);
    status.recordTarget(now, { address: pool, actions: [], next }, `used the key ${secret}`);
    status.details = { mode: 'every block' };
    const { code, type, body } = await get('/status');
    expect([code, type]).toEqual([200, 'application/json']);
    expect(body).not.toContain(secret.slice(2));
    expect(JSON.parse(body)).toMatchObject({
      bot: 'keeper',
      version: '1.2.3',
      healthy: true,
      chain: { id: 8453, name: 'base' },
      head: { number: 7, time: '2027-01-15T08:00:00.000Z' },
      rounds: { completed: 2, last: { durationMs: 100, requests: 2 } },
      pools: [
        {
          address: pool,
          name: 'sUSDe 182 days',
          lastAction: { what: 'minted', hash: '0xab', link: 'https://basescan.org/tx/0xab' },
          next: { what: 'mint', at: '2027-01-15T09:00:00.000Z' },
          consecutiveErrors: 1,
          lastError: 'used the key 0x[redacted]',
          details: { solvency: '12' },
        },
      ],
      details: { mode: 'every block' },
      openAlerts: [],
    });
  });

  it('behavior: a moment beyond the calendar does not cost the whole answer', async () => {
    const next = { what: 'never', chainTime: Number.POSITIVE_INFINITY };
    status.recordTarget(now, { address: pool, actions: [], next }, undefined);
    const { code, body } = await get('/status');
    expect([code, JSON.parse(body).pools[0].next.at]).toEqual([200, 'Infinity']);
  });

  it('behavior: /metrics is what Prometheus reads: each line a comment or a sample', async () => {
    status.wallet = { balanceWei: 15n * 10n ** 17n, actionsLeft: 42 };
    metrics.rounds.inc({ result: 'completed' });
    const { code, type, body } = await get('/metrics');
    expect([code, type]).toEqual([200, expect.stringContaining('text/plain')]);
    const sample = /^[a-z_][a-z0-9_]*(\{([a-z_]+="[^"]*",?)*\})? (-?[0-9.e+-]+|NaN|\+Inf)$/i;
    for (const line of body.trimEnd().split('\n'))
      if (line && !line.startsWith('#')) expect(line).toMatch(sample);
    for (const line of [
      'bot_healthy{bot="keeper"} 1',
      'bot_wallet_balance{bot="keeper"} 1.5',
      'bot_wallet_actions_left{bot="keeper"} 42',
      'bot_head_block{bot="keeper"} 7',
      'bot_rounds_total{result="completed",bot="keeper"} 1',
      `bot_pool_consecutive_errors{pool="${pool}",bot="keeper"} 0`,
      'bot_open_alerts{severity="critical",bot="keeper"} 0',
      '# TYPE rpc_requests_total counter',
    ])
      expect(body.split('\n')).toContain(line);
  });

  it('behavior: a bot shows figures of its own, those of the last round', async () => {
    const headroom = (pool: string, value: number) => ({
      name: 'fake_headroom',
      help: 'how far',
      labels: { pool },
      value,
    });
    metrics.show([headroom('a', 1), headroom('b', 2)]);
    metrics.show([headroom('b', 3)]);
    const { body } = await get('/metrics');
    expect(body.match(/^fake_headroom.*$/gm)).toEqual(['fake_headroom{pool="b",bot="keeper"} 3']);
  });

  it('behavior: pools and endpoints that are gone leave the metrics', async () => {
    status.setTargets([]);
    expect((await get('/metrics')).body).not.toContain(pool);
  });

  it('behavior: any other path is 404 and names those there are', async () => {
    expect(await get('/nothing')).toMatchObject({
      code: 404,
      body: 'try /healthz, /readyz, /metrics, /status\n',
    });
    for (const path of ['/__proto__', '/constructor', '//', '/%']) expect((await get(path)).code).toBe(404);
  });

  it.each(['//', 'http://[', '*', '/\\'])('behavior: a request for %s does no harm', async target => {
    const socket = connect(server.port, '127.0.0.1');
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      socket.on('data', data => {
        text += data;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1.1 40[04] /);
    expect((await get('/readyz')).code).toBe(200);
  });

  it('behavior: a status that cannot be put together is 500, and the bot goes on', async () => {
    status.openAlerts = () => {
      throw new Error('a defect');
    };
    expect((await get('/status')).code).toBe(500);
    status.openAlerts = () => [];
    expect((await get('/status')).code).toBe(200);
  });

  it('behavior: a port that is taken is a mistake in the set-up, with the variable’s name', async () => {
    const starting = startStatusServer({
      host: '127.0.0.1',
      port: server.port,
      status,
      metrics,
      redactor: new Redactor([]),
      now: () => now,
    });
    await expect(starting).rejects.toThrow(SetupError);
    await expect(starting).rejects.toThrow(
      `STATUS_PORT: 127.0.0.1:${server.port} is in use by another process (EADDRINUSE)`,
    );
  });
});
