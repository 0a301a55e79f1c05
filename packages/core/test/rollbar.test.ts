import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type RollbarApiSink,
  type RollbarSink,
  startLoopbackServer,
  startRollbar,
  startRollbarApi,
} from '@service-bots/devnet';
import { rollbarChannel } from '../src/alerts/channels/rollbar.ts';
import { DeliveryFailed } from '../src/alerts/delivery/Channel.ts';
import { type Alert, type Occasion, RollbarApi } from '../src/alerts/index.ts';
import { occasions } from '../src/alerts/model/alert.ts';
import { Redactor } from '../src/logger/index.ts';
import { notice as made } from './support/notice.ts';

const token = { reveal: () => 'post-server-item-token' };
const writeToken = { reveal: () => 'write-token' };

let sink: RollbarSink;
let api: RollbarApiSink;
beforeAll(async () => {
  sink = await startRollbar();
  api = await startRollbarApi({ token: writeToken.reveal(), items: sink });
});
afterEach(() => {
  for (const each of [sink, api]) {
    each.behave('ok');
    each.clear();
  }
});
afterAll(() => Promise.all([sink.close(), api.close()]));

const rollbar = (changes: Partial<Parameters<typeof rollbarChannel>[0]> = {}) =>
  rollbarChannel({
    accessToken: token,
    endpoint: sink.endpoint,
    minSeverity: 'info',
    environment: () => 'keeper-devnet',
    version: '1.2.3',
    host: 'host-1',
    redact: text => text,
    ...changes,
  });
const soon = () => AbortSignal.timeout(5_000);
const notice = (alert: Partial<Alert> = {}, occasion: Occasion = 'opened') =>
  made({ since: 1_000, ...alert }, { occasion });

describe('rollbarChannel', () => {
  it('default: sends every field that a filter or a rule may use', async () => {
    const pool = `0x${'11'.repeat(20)}`;
    await rollbar().deliver([notice({ pool, data: { hash: `0x${'ab'.repeat(32)}` } })], soon());
    const [item] = sink.items;
    expect(item).toMatchObject({
      token: token.reveal(),
      level: 'error',
      environment: 'keeper-devnet',
      context: 'keeper#broken',
      title: '[broken] something broke',
      message: '[broken] something broke: it broke',
      fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/),
      data: {
        code_version: '1.2.3',
        server: { host: 'host-1' },
        notifier: { name: 'node_rollbar', version: '3.1.0' },
      },
    });
    expect(item?.custom?.alert).toMatchObject({
      occasion: 'opened',
      bot: 'keeper',
      check: 'broken',
      chain: 'devnet',
      pool,
      severity: 'error',
      owner: 'on-call',
      data: { hash: `0x${'ab'.repeat(32)}` },
    });
  });

  it.each(['info', 'warning', 'error', 'critical'] as const)(
    'behavior: %s arrives at that level',
    async severity => {
      await rollbar().deliver([notice({ severity })], soon());
      expect(sink.items[0]).toMatchObject({ level: severity });
    },
  );

  it('behavior: another severity, beginning, condition or episode is another item, and nothing else is', async () => {
    const notices = [
      notice(),
      notice({ message: 'other', count: 9, data: { a: 1 } }),
      notice({ severity: 'critical' }),
      notice({ since: 77 }),
      notice({ dedupKey: 'keeper:broken:devnet:0x1' }),
      made({ since: 1_000 }, { occasion: 'escalated', episode: 1 }),
    ];
    await rollbar().deliver(notices, soon());
    const fingerprints = sink.items.map(({ fingerprint }) => fingerprint);
    expect(fingerprints.map(each => fingerprints.indexOf(each))).toEqual([0, 0, 2, 3, 4, 5]);
  });

  it('behavior: without a token that may write, the end is an occurrence of the incident’s item', async () => {
    await rollbar().deliver([notice({ severity: 'critical' })], soon());
    await rollbar().deliver([notice({ severity: 'critical' }, 'resolved')], soon());
    const [begun, ended] = sink.items;
    expect(ended).toMatchObject({
      level: 'info',
      message: '[broken] resolved: something broke: it broke',
      fingerprint: begun?.fingerprint,
    });
    expect(ended?.uuid).not.toBe(begun?.uuid);
  });

  it('behavior: a short secret spoils neither UUID nor fingerprint', async () => {
    await rollbar().deliver([notice()], soon());
    const { uuid = '', fingerprint = '' } = sink.items[0] ?? {};
    const redactor = new Redactor([uuid.slice(0, 6), fingerprint.slice(10, 16)]);
    sink.clear();
    await rollbar({ redact: text => redactor.redact(text) }).deliver([notice()], soon());
    expect(sink.items[0]).toMatchObject({ uuid, fingerprint });
  });

  it('behavior: delivered twice it is one occurrence, and each reminder is one more', async () => {
    const reminder = (id: string) => made({ since: 1_000 }, { occasion: 'lasting', id });
    await rollbar().deliver([notice(), notice(), reminder('a'), reminder('a'), reminder('b')], soon());
    const uuids = sink.items.map(({ uuid }) => uuid);
    expect(uuids.map(uuid => uuids.indexOf(uuid))).toEqual([0, 0, 2, 2, 4]);
    expect(uuids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    ['a page', '<html>'],
    ['an error', { err: 1, message: 'no' }],
  ])('error: HTTP 200 with %s is no success', async (_, body) => {
    sink.behave({ status: 200, body });
    const message = expect.stringMatching(/^HTTP 200, but the answer is not Rollbar’s/);
    await expect(rollbar().deliver([notice()], soon())).rejects.toMatchObject({ message, permanent: false });
  });

  it('error: a refusal is told in Rollbar’s words', async () => {
    const channel = rollbar({ environment: () => '' });
    await expect(channel.deliver([notice()], soon())).rejects.toMatchObject({
      message: 'HTTP 422: `data.environment` is required and must be a string',
      permanent: true,
    });
  });
});

describe('with a token that may write', () => {
  const channel = () => rollbar({ api: new RollbarApi({ url: api.apiUrl, token: writeToken }) });
  const items = () => new Set(sink.items.map(({ fingerprint }) => fingerprint));

  it('default: the end resolves every item of this incident and no other, and posts none', async () => {
    await channel().deliver(
      [notice({ severity: 'warning' }), notice({ severity: 'critical' }, 'escalated')],
      soon(),
    );
    const own = items();
    await channel().deliver([notice({ severity: 'warning', since: 5 })], soon());
    // A new channel stands for another process, which remembers no item.
    await channel().deliver([notice({ severity: 'critical' }, 'resolved')], soon());
    expect(new Set(api.resolved)).toEqual(own);
    expect(sink.items).toHaveLength(3);
  });

  it.each(occasions.filter(each => !['acknowledged', 'resolved', 'news'].includes(each)))(
    'behavior: an item whose first occurrence is %s is resolved by a process that remembers nothing',
    async occasion => {
      const begun = { occasion, id: 'first', episode: 2 };
      await channel().deliver([made({ since: 1_000 }, begun)], soon());
      await channel().deliver(
        [made({ since: 1_000 }, { ...begun, occasion: 'lasting', id: 'again' })],
        soon(),
      );
      expect(new Set(sink.items.map(({ uuid }) => uuid)).size).toBe(2);
      await channel().deliver([made({ since: 1_000 }, { occasion: 'resolved', episode: 2 })], soon());
      expect(new Set(api.resolved)).toEqual(items());
    },
  );

  it('behavior: the items of every episode are resolved', async () => {
    for (const episode of [0, 1, 3])
      await channel().deliver([made({ since: 1_000 }, { occasion: 'lasting', episode })], soon());
    await channel().deliver([made({ since: 1_000 }, { occasion: 'resolved', episode: 3 })], soon());
    expect(items().size).toBe(3);
    expect(new Set(api.resolved)).toEqual(items());
  });

  it('behavior: accepts the end of an incident that Rollbar does not know', async () => {
    await channel().deliver([notice({}, 'resolved')], soon());
    expect([sink.items, api.items]).toEqual([[], []]);
  });

  it('behavior: an item that Rollbar still processes is resolved by a later try', async () => {
    const one = channel();
    await one.deliver([notice()], soon());
    api.setProcessing(true);
    const message = 'the item could not be marked as resolved: Rollbar still processes the item';
    await expect(one.deliver([notice({}, 'resolved')], soon())).rejects.toMatchObject({
      message,
      permanent: false,
    });
    api.setProcessing(false);
    await one.deliver([notice({}, 'resolved')], soon());
    expect(new Set(api.resolved)).toEqual(items());
  });

  /** An API that knows every item, and what was asked of it. */
  const stub = (write: (id: string) => unknown) => {
    const calls: string[] = [];
    const stubbed = {
      call: async ({ method, path }: { method?: string; path: string }) => {
        if (method) return write(path);
        calls.push(path);
        return { id: calls.length };
      },
    };
    return { calls, channel: rollbar({ api: stubbed as unknown as RollbarApi }) };
  };

  it('behavior: treats an item that a person has deleted as resolved', async () => {
    const gone = new DeliveryFailed('HTTP 404: no such item', { status: 404, answer: 'no such item' });
    const { channel: one } = stub(() => Promise.reject(gone));
    await expect(one.deliver([notice({}, 'resolved')], soon())).resolves.toBeUndefined();
  });

  it('behavior: continues to resolve the items of a long incident where the last attempt ended', async () => {
    let allowed = 10;
    const { calls, channel: one } = stub(() => {
      allowed -= 1;
      if (allowed < 0) throw new DeliveryFailed('no answer in time');
    });
    const end = made({ since: 1_000 }, { occasion: 'resolved', episode: 9 });
    await expect(one.deliver([end], soon())).rejects.toThrow('no answer in time');
    const first = calls.length;
    allowed = Number.POSITIVE_INFINITY;
    await one.deliver([end], soon());
    // Four severities of ten episodes; those that were under way when it failed are asked for twice.
    expect(new Set(calls).size).toBe(40);
    expect(first).toBeLessThan(40);
    expect(calls.length).toBe(40 + first - 10);
  });

  it.each(['fail', 'refuse'] as const)(
    'behavior: a reminder is sent while the API answers with %s',
    async how => {
      api.behave(how);
      await channel().deliver([notice({}, 'lasting')], soon());
      expect(sink.items).toHaveLength(1);
    },
  );

  it.each([
    ['that may not', 'write-token-of-another-project', 'HTTP 403: invalid access token'],
    ['while the API is in trouble', writeToken.reveal(), 'HTTP 500: internal server error'],
    ['while a proxy answers for Rollbar', writeToken.reveal(), 'HTTP 404'],
  ])('error: with a token %s the end is tried again', async (_, text, reason) => {
    if (text === writeToken.reveal())
      api.behave(reason === 'HTTP 404' ? { status: 404, body: '<html>' } : 'fail');
    const other = new RollbarApi({ url: api.apiUrl, token: { reveal: () => text } });
    await expect(rollbar({ api: other }).deliver([notice({}, 'resolved')], soon())).rejects.toMatchObject({
      message: `the item could not be marked as resolved: ${reason}`,
      permanent: false,
    });
  });
});

describe('RollbarApi', () => {
  it('closes the connection of a body that never ends, long before the time limit', async () => {
    const server = await startLoopbackServer(() => 'endless');
    const signal = soon();
    const answer = new RollbarApi({ url: server.url, token }).call({ path: '/items', signal });
    await expect(answer).rejects.toThrow('the answer is not Rollbar’s');
    expect(signal.aborted).toBe(false);
    await server.close();
  });
});
