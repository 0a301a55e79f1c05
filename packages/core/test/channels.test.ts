import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliveryFailed } from '../src/alerts/index.ts';
import { serialise } from '../src/logger/index.ts';
import { type EveryChannel, httpChannelNames, openEveryChannel } from './support/everyChannel.ts';
import { notice } from './support/notice.ts';

const key = `0x${'5e'.repeat(31)}7f`;
const rpcUrl = 'https://mainnet.example.com/v2/rpc-api-key-123';
const awkward = 'pass"word\\with/marks';

let all: EveryChannel;
beforeAll(async () => {
  all = await openEveryChannel({}, [key, rpcUrl, awkward]);
});
afterEach(() => {
  for (const name of httpChannelNames) {
    all[name].sink.behave('ok');
    all[name].sink.clear();
  }
});
afterAll(() => all.close());

const portal = '<html><head><title>Welcome to the guest network</title></head><body>Log in</body></html>';
const soon = () => AbortSignal.timeout(60_000);
/**
 * Returns the text that the service would show of all its requests: escapes of JSON and of each markup are
 * decoded.
 */
function shownBy(name: (typeof httpChannelNames)[number]): string {
  const bodies = all[name].sink.items.map(({ rawBody }) => rawBody);
  return bodies
    .flatMap(body => textsIn(JSON.parse(body)))
    .join('\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
function textsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsIn(each)]);
}

it('every channel is open once its variables are set, and only then', async () => {
  expect(httpChannelNames.map(name => all[name].channel.name)).toEqual([...httpChannelNames]);
  const none = await openEveryChannel({ ROLLBAR_API_KEY: '', TELEGRAM_BOT_TOKEN: '', TELEGRAM_CHAT_ID: '' });
  expect([none.rollbar, none.telegram]).toEqual([undefined, undefined]);
  await none.close();
});

describe.each(httpChannelNames)('%s', name => {
  const deliver = (given = notice(), signal = soon()) => all[name].channel.deliver([given], signal);
  const failure = (delivery: Promise<void>) => delivery.catch(error => error) as Promise<DeliveryFailed>;

  it('default: the alert arrives with its check, owner and runbook', async () => {
    const pool = `0x${'11'.repeat(20)}`;
    const runbook = `https://github.com/delvtech/service-bots/blob/main/docs/runbooks/broken.md`;
    await deliver(notice({ severity: 'critical', message: 'it is < broken & bad', pool, runbook }));
    expect(all[name].sink.items).toHaveLength(1);
    const shown = shownBy(name);
    for (const text of [
      'something broke',
      'it is < broken & bad',
      'critical',
      'broken',
      pool,
      'on-call',
      runbook,
    ])
      expect(shown.replace(/\\(.)/g, '$1')).toContain(text);
  });

  const cyclic: Record<string, unknown> = { name: 'cycle' };
  cyclic.self = cyclic;
  const ownCause = new Error('caused by itself');
  ownCause.cause = ownCause;
  it.each<[string, Record<string, unknown>, string[]]>([
    ['a bigint', { wei: 10n ** 30n }, [`1${'0'.repeat(30)}`]],
    ['a cycle', { cyclic }, ['cycle', '[circular]']],
    [
      'names that mean something elsewhere',
      {
        protocol: 'p1',
        route: 'r1',
        url: 'u1',
        method: 'm1',
        body: 'b1',
        headers: { h1: 'v1' },
        level: 'l1',
      },
      ['protocol', 'p1', 'route', 'r1', 'url', 'u1', 'm1', 'b1', 'h1', 'v1', 'l1'],
    ],
    ['an error that causes itself', { error: ownCause }, ['caused by itself', '[circular]']],
    ['half a character', { text: 'a\ud83db' }, ['a\uFFFDb']],
  ])('behavior: %s in the data arrives whole', async (_, data, texts) => {
    await deliver(notice({ data: serialise(data) as Record<string, string> }));
    for (const text of texts) expect(shownBy(name)).toContain(text);
  });

  it('behavior: a secret never arrives, wherever it is', async () => {
    const error = new Error(`could not reach ${rpcUrl}`, { cause: new Error(`with ${key}`) });
    await deliver(
      notice({
        message: `tried ${rpcUrl} with ${key.toUpperCase()} and ${awkward}`,
        title: `a title with ${awkward}`,
        subject: rpcUrl,
        owner: key,
        data: serialise({
          error,
          [key]: 'as a name',
          bytes: [...Buffer.from(key.slice(2), 'hex')],
          encoded: Buffer.from(key.slice(2), 'hex').toString('base64'),
          channel: Object.values(all.env).join(' '),
        }) as Record<string, string>,
      }),
    );
    const [item] = all[name].sink.items;
    expect(item).toBeDefined();
    const sent = String(item?.rawBody).replace(`"routing_key":"${all.env.PAGERDUTY_ROUTING_KEY}"`, '');
    const bare = key.slice(2);
    const others = ['ROLLBAR_API_KEY', 'PAGERDUTY_ROUTING_KEY', 'TELEGRAM_BOT_TOKEN'].map(
      each => all.env[each] ?? '?',
    );
    const secrets = [
      bare,
      'rpc-api-key-123',
      awkward,
      JSON.stringify(awkward).slice(1, -1),
      'a-secret-path',
      ...others,
    ];
    for (const secret of secrets) expect(sent.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(sent).not.toContain(Buffer.from(bare, 'hex').toString('base64').replace(/=+$/, ''));
    expect(sent).not.toContain([...Buffer.from(bare, 'hex')].join(','));
    expect(sent).toContain('mainnet.example.com');
  });

  it.each([
    ['HTTP 500', 'fail', 500],
    ['a proxy’s page', 'bad-gateway', 502],
    ['HTTP 429 without a word', 'rate-limit-bare', 429],
    ['a cut connection', 'refuse', undefined],
    ['a hang', 'hang', undefined],
  ] as const)('error: %s may pass, and the next one arrives', async (_, behaviour, status) => {
    const { sink } = all[name];
    sink.behave(behaviour, 1);
    const error = await failure(deliver(notice(), AbortSignal.timeout(behaviour === 'hang' ? 200 : 5_000)));
    expect(error).toBeInstanceOf(DeliveryFailed);
    expect(error).toMatchObject({ permanent: false, status });
    for (const secret of Object.values(all.env).filter(value => /token|key|secret|XXXX/.test(value)))
      expect(`${error.stack} ${error.answer}`).not.toContain(secret);
    expect(sink.items).toHaveLength(0);
    await deliver();
    expect(sink.items).toHaveLength(1);
  });

  it('error: treats HTTP 400 as a permanent rejection', async () => {
    all[name].sink.behave('reject');
    expect(await failure(deliver())).toMatchObject({ permanent: true, status: 400 });
  });

  it.each([
    ['HTTP 200 with a captive portal’s page', { status: 200, body: portal }],
    ['HTTP 302 to a login', { status: 302, headers: { location: 'https://login.example' }, body: '' }],
    ['HTTP 400 of a proxy', { status: 400, body: portal }],
    ['HTTP 401', { status: 401, body: '' }],
    ['HTTP 403 of a bot wall', { status: 403, body: portal }],
    ['HTTP 404 for a minute', { status: 404, body: 'no_service' }],
    ['HTTP 413 of a proxy', { status: 413, body: portal }],
  ])('error: %s is no delivery and no refusal', async (_, answer) => {
    const { sink } = all[name];
    sink.behave(answer);
    expect(await failure(deliver())).toMatchObject({ permanent: false, status: answer.status });
    expect(sink.items).toHaveLength(0);
    sink.behave('ok');
    await deliver();
    expect(sink.items).toHaveLength(1);
  });

  it('behavior: accepts every occasion, also the end of an alert that was never sent', async () => {
    const decision = { kind: 'ack', by: 'ann', why: 'on it', at: 0 } as const;
    const occasions = [
      'resolved',
      'opened',
      'lasting',
      'escalated',
      'flapping',
      'acknowledged',
      'resolved',
    ] as const;
    for (const occasion of occasions) await deliver(notice({}, { occasion, decision }));
    expect(all[name].sink.items).toHaveLength(occasions.length);
  });

  it('behavior: a text without end is cut, not refused', async () => {
    const endless = '<_.*😀&`>'.repeat(1_200);
    const long = notice({
      message: endless,
      title: endless,
      subject: endless,
      dedupKey: endless,
      data: { endless },
    });
    await deliver(long);
    await all[name].channel.deliver(
      Array.from({ length: all[name].channel.digestUpTo ?? 1 }, () => long),
      soon(),
    );
    expect(new Set(all[name].sink.requests.map(({ outcome }) => outcome))).toEqual(
      new Set([all[name].sink.requests[0]?.outcome]),
    );
    expect(all[name].sink.items).toHaveLength(2);
  });
});

it.each([
  ['rollbar', 60_000],
  ['discord', 4_570],
  ['slack', 5_000],
  ['telegram', 5_000],
  ['pagerduty', 5_000],
  ['webhook', 5_000],
] as const)('%s tells how long to wait after HTTP 429', async (name, retryAfterMs) => {
  all[name].sink.behave('rate-limit');
  await expect(all[name].channel.deliver([notice()], soon())).rejects.toMatchObject({ retryAfterMs });
});

it('PagerDuty keeps two deployments apart, though a fork has the very keys of what it is a fork of', async () => {
  const keys = async (environment: string) => {
    const given = await openEveryChannel({ ENVIRONMENT_NAME: environment });
    for (const occasion of ['opened', 'resolved'] as const)
      await given.pagerduty.channel.deliver([notice({}, { occasion })], soon());
    await given.close();
    return given.pagerduty.sink.items.map(({ rawBody }) => JSON.parse(rawBody).dedup_key as string);
  };
  const [live, fork] = [await keys('live'), await keys('fork')];
  expect(new Set(live).size).toBe(1);
  expect(new Set([...live, ...fork]).size).toBe(2);
});

describe('what a channel wants', () => {
  const wanted = (given: EveryChannel, one = notice()) =>
    httpChannelNames.filter(name => given[name].channel.wants?.(one) ?? true);

  it('default: every alert; news only where people talk', () => {
    expect(wanted(all, notice({ severity: 'info' }))).toEqual([...httpChannelNames]);
    const news = notice({ severity: 'info' }, { occasion: 'news' });
    expect(wanted(all, news)).toEqual(['telegram', 'slack', 'discord', 'webhook']);
  });

  it('behavior: nothing below its severity', async () => {
    const names = ['ROLLBAR', 'PAGERDUTY', 'TELEGRAM', 'SLACK', 'DISCORD', 'WEBHOOK'];
    const strict = await openEveryChannel(
      Object.fromEntries(names.map(each => [`${each}_MIN_SEVERITY`, 'error'])),
    );
    expect(wanted(strict, notice({ severity: 'warning' }))).toEqual([]);
    expect(wanted(strict, notice({ severity: 'error' }))).toEqual([...httpChannelNames]);
    expect(wanted(strict, notice({ severity: 'info' }, { occasion: 'news' }))).toEqual([]);
    await strict.close();
  });
});

describe('what a service’s own error is about', () => {
  const discordError = (code: number, message: string) => JSON.stringify({ code, message });
  const telegramError = (description: string) =>
    JSON.stringify({ ok: false, error_code: 400, description: `Bad Request: ${description}` });
  const pagerDutyError = (error: string) =>
    JSON.stringify({ status: 'invalid event', message: 'Event object is invalid', errors: [error] });
  it.each([
    ['discord', 400, discordError(50035, 'Invalid Form Body'), true],
    ['discord', 400, discordError(50006, 'Cannot send an empty message'), true],
    ['discord', 400, discordError(40333, 'internal network error'), false],
    ['discord', 404, discordError(10015, 'Unknown Webhook'), false],
    ['slack', 400, 'invalid_blocks', true],
    ['slack', 400, 'no_text', true],
    ['slack', 400, 'user_not_found', false],
    ['slack', 403, 'invalid_token', false],
    ['slack', 410, 'channel_is_archived', false],
    ['telegram', 400, telegramError('message is too long'), true],
    ['telegram', 400, telegramError('text must be encoded in UTF-8'), true],
    ['telegram', 400, telegramError('chat not found'), false],
    ['telegram', 400, telegramError('not enough rights to send text messages to the chat'), false],
    ['telegram', 400, telegramError('message thread not found'), false],
    ['telegram', 403, JSON.stringify({ ok: false, description: 'Forbidden: bot was kicked' }), false],
    ['pagerduty', 400, pagerDutyError("'payload.summary' is missing or blank"), true],
    ['pagerduty', 400, pagerDutyError('Invalid routing key'), false],
    ['rollbar', 422, JSON.stringify({ err: 1, message: 'data.body is required' }), true],
    ['rollbar', 422, JSON.stringify({ err: 1, message: 'access token is disabled' }), false],
    ['webhook', 422, JSON.stringify({ error: 'no such field' }), true],
  ] as const)('%s: HTTP %i %s is about the message: %s', async (name, status, body, permanent) => {
    all[name].sink.behave({ status, body });
    await expect(all[name].channel.deliver([notice()], soon())).rejects.toMatchObject({ permanent, status });
  });
});
