import { afterEach, describe, expect, it } from '@jest/globals';
import {
  startDiscord,
  startHeartbeat,
  startPagerDuty,
  startSlack,
  startTelegram,
  startWebhook,
  type TelegramOptions,
} from '../src/index.ts';

const open: { close(): Promise<void> }[] = [];
function opened<S extends { close(): Promise<void> }>(sink: S): S {
  open.push(sink);
  return sink;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map(sink => sink.close()));
});

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

describe('every sink', () => {
  it.each([
    ['Telegram', startTelegram, '/bot1:a/sendMessage', { chat_id: 1, text: 'x' }],
    ['PagerDuty', startPagerDuty, '/v2/enqueue', event()],
    ['Slack', startSlack, '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX', { text: 'x' }],
    [
      'Discord',
      startDiscord,
      '/api/webhooks/112233445566778899/XXXXXXXXXXXXXXXXXXXXXXXXXXXX',
      { content: 'x' },
    ],
    ['a webhook', startWebhook, '/any', { x: 1 }],
    ['a heartbeat', startHeartbeat, '/ping/x', ''],
  ])('behavior: %s can be told to fail in every way, and is well again', async (_, start, path, body) => {
    const sink = opened(await start());
    const status = async () => (await post(`${sink.url}${path}`, body)).status;
    for (const [behaviour, expected] of [
      ['fail', 500],
      ['bad-gateway', 502],
      ['reject', 400],
      ['rate-limit', 429],
      ['rate-limit-bare', 429],
    ] as const) {
      sink.behave(behaviour);
      expect(await status()).toBe(expected);
    }
    sink.behave('refuse');
    await expect(status()).rejects.toThrow('fetch failed');
    sink.behave({ status: 418, body: 'teapot' }, 1);
    expect(await status()).toBe(418);
    expect(sink.items).toHaveLength(0);
    expect(await status()).toBeLessThan(300);
    expect(sink.items).toHaveLength(1);
    expect((sink.items[0] as { receivedAt: Date }).receivedAt).toBeInstanceOf(Date);
  });
});

describe('startTelegram', () => {
  async function telegram(options: TelegramOptions = {}) {
    const sink = opened(await startTelegram({ token: '1:good', ...options }));
    const send = (message: object, token = '1:good') => post(`${sink.url}/bot${token}/sendMessage`, message);
    return { sink, send };
  }

  it('default: records what people see', async () => {
    const { sink, send } = await telegram();
    const answer = await send({
      chat_id: -100,
      parse_mode: 'HTML',
      disable_notification: true,
      text: '<b>a &amp; b</b> <a href="https://x.example">c</a>',
    });
    expect(answer.json).toMatchObject({ ok: true, result: { text: 'a & b c' } });
    expect(sink.items[0]).toMatchObject({
      token: '1:good',
      chatId: '-100',
      text: 'a & b c',
      links: ['https://x.example'],
      isSilent: true,
    });
  });

  it.each([
    ['another token', { chat_id: 1, text: 'x' }, 401, 'Unauthorized', '1:bad'],
    ['what is no token', { chat_id: 1, text: 'x' }, 404, 'Not Found', 'bad'],
    ['no chat', { text: 'x' }, 400, 'Bad Request: chat_id is empty'],
    ['a chat that cannot be', { chat_id: 'x', text: 'x' }, 400, 'Bad Request: chat not found'],
    ['no text', { chat_id: 1, text: ' \n' }, 400, 'Bad Request: message text is empty'],
    [
      'half a character',
      { chat_id: 1, text: '\ud83d' },
      400,
      'Bad Request: strings must be encoded in UTF-8',
    ],
    [
      'Markdown, which no bot of ours sends',
      { chat_id: 1, text: 'x', parse_mode: 'MarkdownV2' },
      400,
      'Bad Request: unsupported parse_mode',
    ],
    [
      'broken HTML',
      { chat_id: 1, text: '<x>', parse_mode: 'HTML' },
      400,
      'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0',
    ],
    ['too much', { chat_id: 1, text: '😀'.repeat(2_049) }, 400, 'Bad Request: message is too long'],
  ])('error: %s', async (_, message, status, description, token = '1:good') => {
    const { sink, send } = await telegram();
    expect((await send(message, token)).json).toEqual({ ok: false, error_code: status, description });
    expect(sink.items).toHaveLength(0);
  });

  it('behavior: the length counts after parsing', async () => {
    const { send } = await telegram();
    const text = '<b>&lt;</b>'.repeat(4_096);
    expect((await send({ chat_id: 1, text, parse_mode: 'HTML' })).status).toBe(200);
  });

  it('behavior: each chat has its own limits', async () => {
    let now = 0;
    const { send } = await telegram({ limits: { perSecond: 1, perMinute: 3 }, now: () => now });
    const status = async (chat: number) => (await send({ chat_id: chat, text: 'x' })).status;
    expect([await status(1), await status(1), await status(2)]).toEqual([200, 429, 200]);
    for (now of [1_000, 2_000]) expect(await status(1)).toBe(200);
    now = 10_000;
    expect((await send({ chat_id: 1, text: 'x' })).json).toEqual({
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 50',
      parameters: { retry_after: 50 },
    });
    now = 60_000;
    expect(await status(1)).toBe(200);
  });

  it('behavior: a group that became a supergroup says its new name', async () => {
    const { sink, send } = await telegram();
    sink.migrate('-5', -1005);
    expect((await send({ chat_id: -5, text: 'x' })).json).toMatchObject({
      error_code: 400,
      parameters: { migrate_to_chat_id: -1005 },
    });
    expect((await send({ chat_id: -1005, text: 'x' })).status).toBe(200);
  });
});

function event(changes: object = {}, payload: object = {}) {
  return {
    routing_key: 'r'.repeat(32),
    event_action: 'trigger',
    dedup_key: 'd',
    payload: { summary: 's', source: 'x', severity: 'critical', ...payload },
    ...changes,
  };
}

describe('startPagerDuty', () => {
  it('default: takes an event with 202', async () => {
    const sink = opened(await startPagerDuty());
    const links = [{ href: 'https://x.example', text: 'runbook' }];
    const answer = await post(`${sink.url}/v2/enqueue`, event({ links }));
    expect([answer.status, answer.json]).toEqual([
      202,
      { status: 'success', message: 'Event processed', dedup_key: 'd' },
    ]);
    expect(sink.items[0]).toMatchObject({ action: 'trigger', dedupKey: 'd', severity: 'critical', links });
  });

  it.each([
    ['another routing key', event({ routing_key: 'x' }), "'routing_key' is invalid"],
    ['another action', event({ event_action: 'open' }), "'event_action' is invalid"],
    ['a long key', event({ dedup_key: 'd'.repeat(256) }), "'dedup_key' is longer than 255 characters"],
    [
      'a resolve of nothing',
      event({ event_action: 'resolve', dedup_key: undefined }),
      "'dedup_key' is missing",
    ],
    ['links that are none', event({ links: ['x'] }), "'links' must be a list of objects with an 'href'"],
    ['no payload', event({ payload: undefined }), "'payload' is missing"],
    ['no source', event({}, { source: '' }), "'payload.source' is missing or blank"],
    ['a long summary', event({}, { summary: 's'.repeat(1_025) }), "'payload.summary' is longer than 1024"],
    ['another severity', event({}, { severity: 'fatal' }), "'payload.severity' is none of"],
    [
      'details that are no object',
      event({}, { custom_details: 'x' }),
      "'payload.custom_details' is no object",
    ],
  ])('error: %s', async (_, body, problem) => {
    const sink = opened(await startPagerDuty());
    const answer = await post(`${sink.url}/v2/enqueue`, body);
    expect([answer.status, answer.json?.status]).toEqual([400, 'invalid event']);
    expect(String(answer.json?.errors)).toContain(problem);
    expect(sink.items).toHaveLength(0);
  });
});

describe('startSlack', () => {
  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

  it('default: takes text and blocks, and shows them as people see them', async () => {
    const sink = opened(await startSlack());
    const blocks = [
      section('a &lt; b'),
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'c' }] },
      { type: 'section', fields: [{ type: 'plain_text', text: 'd' }] },
    ];
    expect((await post(sink.webhookUrl, { text: 'fallback', blocks })).text).toBe('ok');
    expect(sink.items[0]).toMatchObject({ text: 'fallback', shown: 'a < b\nc\nd' });
  });

  it.each([
    ['nothing', {}, 'no_text'],
    ['no JSON', '{', 'invalid_payload'],
    ['too many blocks', { blocks: Array(51).fill(section('x')) }, 'invalid_blocks'],
    ['a long section', { blocks: [section('x'.repeat(3_001))] }, 'invalid_blocks'],
    ['an empty section', { blocks: [section('')] }, 'invalid_blocks'],
    ['another block', { blocks: [{ type: 'x' }] }, 'invalid_blocks'],
    ['too much text', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
  ])('error: %s', async (_, body, word) => {
    const sink = opened(await startSlack());
    expect(await post(sink.webhookUrl, body)).toMatchObject({ status: 400, text: word });
  });

  it('error: another URL', async () => {
    const sink = opened(await startSlack());
    expect(await post(`${sink.url}/services/x`, { text: 'x' })).toMatchObject({
      status: 404,
      text: 'no_service',
    });
  });
});

describe('startDiscord', () => {
  it('default: takes content and embeds', async () => {
    const sink = opened(await startDiscord());
    const embeds = [
      { title: 'a', description: 'b', fields: [{ name: 'c', value: 'd' }], footer: { text: 'e' } },
    ];
    const body = { content: 'x', embeds, allowed_mentions: { parse: [] } };
    expect((await post(sink.webhookUrl, body)).status).toBe(204);
    expect(sink.items[0]).toMatchObject({ shown: 'x\na\nb\ne\nc\nd', mayMention: false });
    await post(sink.webhookUrl, { content: '@everyone' });
    expect(sink.items[1]?.mayMention).toBe(true);
  });

  it.each([
    ['nothing', {}, 50006],
    ['much content', { content: 'x'.repeat(2_001) }, 50035],
    ['a long title', { embeds: [{ title: 'x'.repeat(257) }] }, 50035],
    ['many embeds', { embeds: Array(11).fill({ title: 'x' }) }, 50035],
    ['an empty field', { embeds: [{ fields: [{ name: 'x', value: '' }] }] }, 50035],
    [
      'embeds that are too much together',
      { embeds: Array(2).fill({ description: 'x'.repeat(3_001) }) },
      50035,
    ],
  ])('error: %s', async (_, body, code) => {
    const sink = opened(await startDiscord());
    expect(await post(sink.webhookUrl, body)).toMatchObject({ status: 400, json: { code } });
  });

  it('behavior: a limit says how long to wait, twice', async () => {
    const sink = opened(await startDiscord());
    sink.behave('rate-limit');
    const answer = await post(sink.webhookUrl, { content: 'x' });
    expect([answer.headers.get('retry-after'), answer.json?.retry_after]).toEqual(['5', 4.57]);
  });
});

describe('startWebhook', () => {
  it('default: takes a JSON object at any path', async () => {
    const sink = opened(await startWebhook());
    expect((await post(`${sink.url}/a/b?c=d`, { x: 1 })).status).toBe(204);
    expect(sink.items[0]).toMatchObject({ path: '/a/b?c=d', body: { x: 1 } });
  });

  it('error: anything else', async () => {
    const sink = opened(await startWebhook());
    expect((await post(sink.url, '[1]')).status).toBe(400);
    expect((await post(sink.url, { x: 1 }, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(sink.url)).status).toBe(405);
  });
});

describe('startHeartbeat', () => {
  it('default: takes pings of every kind by GET, HEAD and POST', async () => {
    const sink = opened(await startHeartbeat({ checks: ['keeper'] }));
    const url = sink.pingUrl('keeper');
    await fetch(url);
    await fetch(`${url}/start`, { method: 'HEAD' });
    await fetch(`${url}/fail`, { method: 'POST', body: 'why' });
    await fetch(`${url}/log`, { method: 'POST', body: 'what' });
    expect(sink.items.map(({ check, kind, body }) => [check, kind, body])).toEqual([
      ['keeper', 'success', ''],
      ['keeper', 'start', ''],
      ['keeper', 'fail', 'why'],
      ['keeper', 'log', 'what'],
    ]);
  });

  it('error: a check that does not exist, or no check at all', async () => {
    const sink = opened(await startHeartbeat({ checks: ['keeper'] }));
    expect((await fetch(sink.pingUrl('other'))).status).toBe(404);
    expect((await fetch(`${sink.url}/elsewhere`)).status).toBe(400);
  });
});
