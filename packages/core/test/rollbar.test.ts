import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type RollbarSink, startRollbar } from '@service-bots/devnet';
import { Alerter, type Channel, type Notice, rollbarChannel } from '../src/alerts/index.ts';
import { systemClock } from '../src/clock/index.ts';
import { createLogger, Redactor, serialise } from '../src/logger/index.ts';
import { notice as made } from './support/notice.ts';
import { until } from './support/until.ts';

const token = 'post-server-item-token';
const key = `0x${'5e'.repeat(31)}7f`;
const awkward = 'pass"word\\with/marks';
const rpcUrl = 'https://mainnet.example.com/v2/rpc-api-key-123';
const redactor = new Redactor([key, awkward, rpcUrl, token]);

let sink: RollbarSink;
beforeAll(async () => {
  sink = await startRollbar();
});
afterEach(() => {
  jest.restoreAllMocks();
  sink.behave('ok');
  sink.clear();
});
afterAll(() => sink.close());

const channel = () =>
  rollbarChannel({
    accessToken: { reveal: () => token },
    endpoint: sink.endpoint,
    environment: () => 'keeper-devnet',
    version: '1.2.3',
    redact: text => redactor.redact(text),
  });
const deliver = (rollbar: Channel, ...notices: Notice[]) =>
  rollbar.deliver(notices, AbortSignal.timeout(5_000));

const notice = (
  { data, ...alert }: Partial<Omit<Notice['alert'], 'data'>> & { data?: unknown } = {},
  occasion: Notice['occasion'] = 'opened',
) => {
  const plain = serialise(data ?? {}) as Notice['alert']['data'];
  return made({ since: 1_000, data: plain, ...alert }, { occasion });
};

describe('rollbarChannel', () => {
  it('default: everything a filter or a rule may ask for is there', async () => {
    const pool = `0x${'11'.repeat(20)}`;
    await deliver(channel(), notice({ pool, data: { hash: `0x${'ab'.repeat(32)}` } }));
    const item = await sink.waitForItem();
    expect(item).toMatchObject({
      token,
      level: 'error',
      environment: 'keeper-devnet',
      context: 'keeper#broken',
      title: '[broken] something broke',
      message: '[broken] something broke: it broke',
      fingerprint: 'keeper:broken:devnet:-:error:1000',
    });
    expect(item.custom?.alert).toMatchObject({
      occasion: 'opened',
      bot: 'keeper',
      check: 'broken',
      chain: 'devnet',
      pool,
      severity: 'error',
      owner: 'on-call',
      data: { hash: `0x${'ab'.repeat(32)}` },
    });
    expect(item.data.code_version).toBe('1.2.3');
  });

  it.each(['info', 'warning', 'error', 'critical'] as const)(
    'behavior: %s arrives at that level, and severity and start are part of the fingerprint',
    async severity => {
      await deliver(channel(), notice({ severity, since: 77 }));
      const item = await sink.waitForItem();
      expect([item.level, item.fingerprint]).toEqual([severity, `keeper:broken:devnet:-:${severity}:77`]);
    },
  );

  it('behavior: the end of a condition is information, in words', async () => {
    await deliver(channel(), notice({ severity: 'critical' }, 'resolved'));
    const item = await sink.waitForItem();
    expect(item).toMatchObject({
      level: 'info',
      message: '[broken] resolved: something broke: it broke',
      fingerprint: 'keeper:broken:devnet:-:resolved:1000',
    });
  });

  it('behavior: the same notice again is sent again: what is repeated is not for the library to decide', async () => {
    const rollbar = channel();
    await deliver(rollbar, notice());
    await deliver(rollbar, notice());
    expect(sink.items).toHaveLength(2);
  });

  it('behavior: more than 60 in a minute all arrive', async () => {
    const rollbar = channel();
    await Promise.all(Array.from({ length: 100 }, (_, i) => deliver(rollbar, notice({ message: `n${i}` }))));
    expect(new Set(sink.items.map(({ message }) => message)).size).toBe(100);
  });

  const cyclic: Record<string, unknown> = { name: 'cycle' };
  cyclic.self = cyclic;
  const ownCause = new Error('caused by itself');
  ownCause.cause = ownCause;
  it.each<[string, Record<string, unknown>, unknown]>([
    ['a bigint', { wei: 10n ** 30n }, { wei: `1${'0'.repeat(30)}` }],
    ['a cycle', { cyclic }, { cyclic: { name: 'cycle', self: '[circular]' } }],
    [
      'keys that make the library take it for a request',
      { protocol: 'p', route: 'r', url: 'u', method: 'm', body: 'b', headers: { h: 'v' } },
      { protocol: 'p', route: 'r', url: 'u', method: 'm', body: 'b', headers: { h: 'v' } },
    ],
    [
      'an error that causes itself',
      { error: ownCause },
      { error: expect.objectContaining({ message: 'caused by itself', cause: '[circular]' }) },
    ],
    ['a level and a title', { level: 'debug', title: 'mine' }, { level: 'debug', title: 'mine' }],
  ])('behavior: %s in the data arrives whole', async (_, data, arrived) => {
    await deliver(channel(), notice({ data }));
    const item = await sink.waitForItem();
    expect(item.custom?.alert).toMatchObject({ data: arrived });
    expect(item).toMatchObject({ level: 'error', fingerprint: 'keeper:broken:devnet:-:error:1000' });
  });

  it('behavior: a secret never arrives, wherever it is', async () => {
    const error = new Error(`could not reach ${rpcUrl}`, { cause: new Error(`with ${key}`) });
    process.argv.push(`--key=${key}`);
    try {
      await deliver(
        channel(),
        notice({
          message: `tried ${rpcUrl} with ${key.toUpperCase()} and ${awkward}`,
          data: {
            error,
            [key]: 'as a name',
            bytes: [...Buffer.from(key.slice(2), 'hex')],
            encoded: Buffer.from(key.slice(2), 'hex').toString('base64'),
            token,
            awkward,
          },
        }),
      );
    } finally {
      process.argv.pop();
    }
    const { rawBody } = await sink.waitForItem();
    const bare = key.slice(2);
    for (const secret of [bare, 'rpc-api-key-123', token, awkward, JSON.stringify(awkward).slice(1, -1)])
      expect(rawBody.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(rawBody).not.toContain(Buffer.from(bare, 'hex').toString('base64').replace(/=+$/, ''));
    expect(rawBody).not.toContain([...Buffer.from(bare, 'hex')].join(','));
    expect(rawBody).toContain('mainnet.example.com');
  });

  it.each([
    ['HTTP 500', 'fail'],
    ['HTTP 429', 'rate-limit'],
    ['a broken connection', 'refuse'],
  ] as const)('behavior: %s is a delivery that failed', async (_, behaviour) => {
    const printed = (['log', 'info', 'warn', 'error'] as const).map(level =>
      jest.spyOn(console, level).mockImplementation(() => undefined),
    );
    sink.behave(behaviour);
    await expect(deliver(channel(), notice())).rejects.toThrow();
    expect(sink.items).toEqual([]);
    // The library would write to the console, where nothing is redacted.
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  it('behavior: neither is an answer that is no answer of Rollbar’s a success', async () => {
    const elsewhere = rollbarChannel({
      accessToken: { reveal: () => token },
      endpoint: `${sink.url}/nowhere/`,
      environment: () => 'x',
      version: '1',
      redact: text => text,
    });
    await expect(deliver(elsewhere, notice())).rejects.toThrow();
  });

  it('behavior: an error of the service does not show the token', async () => {
    sink.behave('fail');
    const error = await deliver(channel(), notice()).catch(e => e);
    expect(`${error.message} ${error.stack}`).not.toContain(token);
  });
});

describe('an alert while Rollbar is in trouble', () => {
  it.each(['fail', 'rate-limit', 'hang', 'refuse'] as const)(
    'behavior: %s: it is delivered once Rollbar has recovered',
    async behaviour => {
      const now = Date.now();
      let aheadMs = 0;
      // The library waits a minute by this clock after HTTP 429.
      jest.spyOn(Date, 'now').mockImplementation(() => now + aheadMs);
      const alerts = new Alerter({
        bot: 'keeper',
        chain: () => 'devnet',
        version: '1.2.3',
        table: {},
        runbookUrl: 'https://wiki.example.com',
        channels: [channel()],
        // Ten minutes are over in no time.
        clock: {
          now: () => now,
          async sleep(ms) {
            aheadMs += ms;
            await systemClock.sleep(20);
          },
        },
        redact: text => redactor.redact(text),
        logger: createLogger({
          bot: 'keeper',
          level: 'info',
          format: 'json',
          redactor,
          stream: new PassThrough().resume(),
        }),
        attemptMs: 200,
      });
      sink.behave(behaviour);
      alerts.observe([{ check: 'broken', failing: true, message: 'it broke' }]);
      await until('tried twice', () => sink.requests.length >= (behaviour === 'rate-limit' ? 1 : 2));
      sink.behave('ok');
      const item = await sink.waitForItem(({ context }) => context === 'keeper#broken', 15_000);
      expect(item.message).toContain('it broke');
      await alerts.flush(5_000);
    },
  );
});
