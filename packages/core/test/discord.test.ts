import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type DiscordSink, startDiscord } from '@service-bots/devnet';
import { discordChannel } from '../src/alerts/channels/discord.ts';
import { notice } from './support/notice.ts';

let sink: DiscordSink;
beforeAll(async () => {
  sink = await startDiscord();
});
beforeEach(() => {
  sink.behave('ok');
  sink.clear();
});
afterAll(() => sink.close());

function deliver(webhookUrl = sink.webhookUrl): Promise<void> {
  const channel = discordChannel({
    webhookUrl: { reveal: () => webhookUrl },
    minSeverity: 'info',
    redact: text => text,
  });
  return channel.deliver([notice()], AbortSignal.timeout(60_000));
}

describe('Discord has a message', () => {
  it('default: once its answer is the message, which the channel asks to wait for', async () => {
    await deliver();
    expect(sink.items).toHaveLength(1);
    expect(sink.requests[0]).toMatchObject({ outcome: 200 });
  });

  it('behavior: also in a thread, whose number stays in the URL', async () => {
    await deliver(`${sink.webhookUrl}?thread_id=7`);
    const query = new URLSearchParams(sink.requests[0]?.path.split('?')[1]);
    expect(Object.fromEntries(query)).toEqual({ thread_id: '7', wait: 'true' });
  });

  it.each([
    ['HTTP 200 without a word', 200, ''],
    ['HTTP 200 with JSON', 200, '{"status":"login required","portal":"https://login.example"}'],
    ['HTTP 200 with a number for an id', 200, '{"id":7}'],
    ['HTTP 200 with a list', 200, '[]'],
    ['HTTP 200 with a page', 200, '<html>Log in</html>'],
    ['HTTP 202 with JSON', 202, '{"accepted":true}'],
  ])('error: not while a captive portal gives %s', async (_, status, body) => {
    sink.behave({ status, body });
    await expect(deliver()).rejects.toMatchObject({ permanent: false, status });
  });

  it('error: does not trust HTTP 204 over plain HTTP, except on this machine', async () => {
    sink.behave({ status: 204, body: '' });
    const url = new URL(sink.webhookUrl);
    // It is the same server, under a name that does not show that it is this machine.
    url.hostname = '0.0.0.0';
    await expect(deliver(url.href)).rejects.toMatchObject({ permanent: false, status: 204 });
    await deliver();
  });
});
