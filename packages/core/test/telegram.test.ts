import { afterEach, describe, expect, it } from '@jest/globals';
import { startTelegram, type TelegramOptions, type TelegramSink } from '@service-bots/devnet';
import { telegramChannel } from '../src/alerts/channels/telegram.ts';
import { type Channel, DeliveryFailed } from '../src/alerts/index.ts';
import { Redactor } from '../src/logger/index.ts';
import { notice } from './support/notice.ts';

const token = '123456:AAtoken-of-the-bot';
const group = '-100200';
const redactor = new Redactor([token]);

let sink: TelegramSink;
afterEach(async () => {
  await sink.close();
});

async function telegram(options: TelegramOptions = {}, chatId = group): Promise<Channel> {
  sink = await startTelegram({ token, ...options });
  return telegramChannel({
    token: { reveal: () => token },
    chatId,
    apiUrl: sink.url,
    minSeverity: 'info',
    redact: text => redactor.redact(text),
  });
}
const soon = () => AbortSignal.timeout(5_000);
const failure = (delivery: Promise<void>) => delivery.catch(error => error) as Promise<DeliveryFailed>;

describe('telegramChannel', () => {
  it('default: a message that people can read, to the chat', async () => {
    const channel = await telegram();
    await channel.deliver([notice({ severity: 'critical', message: 'a < b & c' })], soon());
    expect(sink.items).toHaveLength(1);
    expect(sink.items[0]).toMatchObject({ token, chatId: group, parseMode: 'HTML', isSilent: false });
    expect(sink.items[0]?.text).toContain('🔴 critical: something broke\na < b & c\n');
  });

  it('behavior: delivers 10,000 special characters, cut to the limit', async () => {
    const channel = await telegram();
    await channel.deliver(
      [notice({ message: '<_.*&😀'.repeat(1_450), data: { more: '<'.repeat(9_000) } })],
      soon(),
    );
    expect(sink.requests.map(({ outcome }) => outcome)).toEqual([200]);
    expect(sink.items[0]?.text).toContain('<_.*&😀<_.*&😀');
  });

  it('behavior: makes a sound only for alerts that need a person now', async () => {
    const channel = await telegram();
    await channel.deliver([notice({}, { occasion: 'news' })], soon());
    await channel.deliver([notice({}, { occasion: 'resolved' })], soon());
    await channel.deliver([notice({}, { occasion: 'news' }), notice()], soon());
    expect(sink.items.map(({ isSilent }) => isSilent)).toEqual([true, true, false]);
  });

  it('behavior: a text that cannot be read as HTML is sent once more, plain', async () => {
    const channel = await telegram();
    sink.behave('reject', 1);
    await channel.deliver([notice({ message: 'a < b' })], soon());
    expect(sink.items[0]).toMatchObject({ parseMode: undefined, text: expect.stringContaining('a < b') });
  });

  it('behavior: a group that became a supergroup is followed, and the operator is told', async () => {
    const channel = await telegram();
    expect(channel.moved?.()).toBeUndefined();
    sink.migrate(group, -100999);
    await channel.deliver([notice()], soon());
    await channel.deliver([notice()], soon());
    expect(sink.items.map(({ chatId }) => chatId)).toEqual(['-100999', '-100999']);
    expect(sink.requests).toHaveLength(3);
    expect(channel.moved?.()).toBe(
      'the Telegram group -100200 became the supergroup -100999. Alerts still arrive there; set TELEGRAM_CHAT_ID=-100999',
    );
  });

  it('behavior: to a person faster than to a group; many in one message', async () => {
    const { minIntervalMs: toGroup, digestUpTo } = await telegram();
    await sink.close();
    const { minIntervalMs: toPerson } = await telegram({}, '42');
    expect([toGroup, toPerson, digestUpTo]).toEqual([3_000, 1_000, 20]);
  });

  it('error: waits as long as a rate limit asks', async () => {
    const channel = await telegram({ limits: { perSecond: 1, perMinute: 20 } });
    await channel.deliver([notice()], soon());
    expect(await failure(channel.deliver([notice()], soon()))).toMatchObject({
      message: 'HTTP 429: Too Many Requests: retry after 1',
      permanent: false,
      retryAfterMs: 1_000,
    });
  });

  it.each([
    ['an unknown chat', { chats: ['1'] }, 'HTTP 400: Bad Request: chat not found'],
    ['a wrong token', { token: '1:other' }, 'HTTP 401: Unauthorized (is TELEGRAM_BOT_TOKEN right?)'],
  ])('error: %s may be mended, and is reported in Telegram’s words', async (_, options, message) => {
    const channel = await telegram(options);
    const error = await failure(channel.deliver([notice()], soon()));
    expect(error).toBeInstanceOf(DeliveryFailed);
    expect(error).toMatchObject({ permanent: false, message });
  });

  it.each([
    ['HTTP 500', 'fail', 'HTTP 500: Internal Server Error'],
    ['a proxy’s page', 'bad-gateway', 'HTTP 502'],
    ['a cut connection', 'refuse', /^no connection/],
    ['a hang', 'hang', 'no answer in time'],
  ] as const)('error: %s may pass, and shows no token', async (_, behaviour, message) => {
    const channel = await telegram();
    sink.behave(behaviour);
    const error = await failure(channel.deliver([notice()], AbortSignal.timeout(300)));
    expect(error).toMatchObject({ permanent: false, message: expect.stringMatching(message) });
    expect(`${error.stack} ${error.answer} ${error.cause}`).not.toContain('token-of-the-bot');
  });
});
