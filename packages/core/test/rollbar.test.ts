import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type RollbarApiSink, type RollbarSink, startRollbar, startRollbarApi } from '@service-bots/devnet';
import { rollbarChannel } from '../src/alerts/channels/rollbar.ts';
import { type Alert, type Occasion, RollbarApi } from '../src/alerts/index.ts';
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
  it('default: everything a filter or a rule may ask for is there', async () => {
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
      fingerprint: 'keeper:broken:devnet:-:error:1000',
      data: { code_version: '1.2.3', server: { host: 'host-1' } },
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
    'behavior: %s arrives at that level, and severity and start are part of the fingerprint',
    async severity => {
      await rollbar().deliver([notice({ severity, since: 77 })], soon());
      expect(sink.items[0]).toMatchObject({
        level: severity,
        fingerprint: `keeper:broken:devnet:-:${severity}:77`,
      });
    },
  );

  it('behavior: the end of a condition is information, in words', async () => {
    await rollbar().deliver([notice({ severity: 'critical' }, 'resolved')], soon());
    expect(sink.items[0]).toMatchObject({
      level: 'info',
      message: '[broken] resolved: something broke: it broke',
      fingerprint: 'keeper:broken:devnet:-:resolved:1000',
    });
  });

  it('behavior: delivered twice it is one occurrence, and each reminder is one more', async () => {
    const reminder = (id: string) => made({ since: 1_000 }, { occasion: 'lasting', id });
    await rollbar().deliver([notice(), notice(), reminder('a'), reminder('a'), reminder('b')], soon());
    const uuids = sink.items.map(({ uuid }) => uuid);
    expect(uuids.map(uuid => uuids.indexOf(uuid))).toEqual([0, 0, 2, 2, 4]);
    expect(uuids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    ['a page', '<html>', 'the answer is not one of Rollbar’s'],
    ['an error', { err: 1, message: 'no' }, 'the answer is not one of Rollbar’s'],
  ])('error: HTTP 200 with %s is no success', async (_, body, message) => {
    sink.behave({ status: 200, body });
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

  it('default: the end resolves every item of this incident, and no other', async () => {
    await channel().deliver(
      [notice({ severity: 'warning' }), notice({ severity: 'critical' }, 'escalated')],
      soon(),
    );
    await channel().deliver([notice({ severity: 'warning', since: 5 })], soon());
    // Another process, which remembers nothing.
    await channel().deliver([notice({ severity: 'critical' }, 'resolved')], soon());
    expect(api.resolved).toEqual([
      'keeper:broken:devnet:-:warning:1000',
      'keeper:broken:devnet:-:critical:1000',
    ]);
  });

  it('behavior: the end of what Rollbar never heard of is fine', async () => {
    await channel().deliver([notice({}, 'resolved')], soon());
    expect(sink.items).toHaveLength(1);
  });

  it.each([
    ['that may not', 'write-token-of-another-project', 'HTTP 403: invalid access token', true],
    ['while the API is in trouble', writeToken.reveal(), 'HTTP 500: internal server error', false],
  ])('error: with a token %s: the item is sent, and it is said', async (_, text, reason, permanent) => {
    if (!permanent) api.behave('fail');
    const other = new RollbarApi({ url: api.apiUrl, token: { reveal: () => text } });
    await expect(rollbar({ api: other }).deliver([notice({}, 'resolved')], soon())).rejects.toMatchObject({
      message: `the item was sent but not marked resolved: ${reason}`,
      permanent,
    });
    expect(sink.items).toHaveLength(1);
  });
});
