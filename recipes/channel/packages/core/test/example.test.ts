import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startWebhook, type WebhookSink } from '@service-bots/devnet';
import { z } from 'zod';
import { alertVariables, channelNames, openChannels } from '../src/alerts/index.ts';
import { loadConfig } from '../src/config/index.ts';
import { notice } from './support/notice.ts';

let sink: WebhookSink;
beforeAll(async () => {
  sink = await startWebhook();
});
afterAll(() => sink.close());

function deliver(): Promise<void> {
  const { config } = loadConfig(z.object(alertVariables), { EXAMPLE_URL: `${sink.url}/path` });
  const speaker = { bot: 'keeper', version: '1.2.3', host: 'host-1', chain: () => 'devnet' };
  const channels = openChannels(config, { ...speaker, redact: text => text });
  const [channel] = channels.filter(({ name }) => name === 'example');
  if (!channel) throw new Error('the channel is not open');
  return channel.deliver([notice()], AbortSignal.timeout(60_000));
}

it('is turned on by its variable, and is in the table', async () => {
  expect(channelNames).toContain('example');
  sink.behave({ status: 200, body: '{"number":7}' });
  await deliver();
  expect(sink.requests).toHaveLength(1);
});

it('does not take the page of a proxy for a success', async () => {
  sink.behave({ status: 200, body: '<html>Log in</html>' });
  await expect(deliver()).rejects.toMatchObject({ permanent: false, status: 200 });
});

it('takes the service’s words about the message as final', async () => {
  sink.behave({ status: 400, body: '{"error":"the text is too long"}' });
  await expect(deliver()).rejects.toMatchObject({ permanent: true, status: 400 });
});
