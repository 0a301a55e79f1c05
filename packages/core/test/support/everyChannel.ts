import {
  type Sink,
  startDiscord,
  startPagerDuty,
  startRollbar,
  startSlack,
  startTelegram,
  startWebhook,
  type TelegramOptions,
} from '@service-bots/devnet';
import { z } from 'zod';
import { alertVariables, type Channel, openChannels } from '../../src/alerts/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { Redactor } from '../../src/logger/index.ts';

/** The part that the services of all channels share. */
export type AnySink = Sink<{ readonly rawBody: string }>;

export interface ChannelWithSink {
  channel: Channel;
  sink: AnySink;
}

export const httpChannelNames = ['rollbar', 'pagerduty', 'telegram', 'slack', 'discord', 'webhook'] as const;
export type ChannelName = (typeof httpChannelNames)[number];

export interface EveryChannel extends Record<ChannelName, ChannelWithSink> {
  /** The operator's environment. */
  env: Record<string, string>;
  redact(text: string): string;
  close(): Promise<void>;
}

/** Opens every channel as a bot does from its environment, each with the server that plays its service. */
export async function openEveryChannel(
  env: Record<string, string> = {},
  secrets: string[] = [],
  options: { telegram?: TelegramOptions } = {},
): Promise<EveryChannel> {
  const [rollbar, pagerduty, telegram, slack, discord, webhook] = await Promise.all([
    startRollbar(),
    startPagerDuty(),
    startTelegram(options.telegram),
    startSlack(),
    startDiscord(),
    startWebhook(),
  ]);
  const sinks: Record<ChannelName, AnySink> = { rollbar, pagerduty, telegram, slack, discord, webhook };
  const given = {
    ROLLBAR_API_KEY: 'rollbar-post-server-item-token',
    ROLLBAR_ENDPOINT: rollbar.endpoint,
    PAGERDUTY_ROUTING_KEY: 'routingkeyroutingkeyroutingkey12',
    PAGERDUTY_API_URL: pagerduty.url,
    PAGERDUTY_MIN_SEVERITY: 'info',
    TELEGRAM_BOT_TOKEN: '123456:AAtelegram-bot-token',
    TELEGRAM_CHAT_ID: '-100200',
    TELEGRAM_API_URL: telegram.url,
    SLACK_WEBHOOK_URL: slack.webhookUrl,
    DISCORD_WEBHOOK_URL: discord.webhookUrl,
    WEBHOOK_URL: `${webhook.url}/a-secret-path`,
    ...env,
  };
  const { config, secrets: known } = loadConfig(z.object(alertVariables), given);
  const redactor = new Redactor([...known, ...secrets], { keepUrls: [config.RUNBOOK_URL] });
  const redact = (text: string) => redactor.redact(text);
  const speaker = { bot: 'keeper', version: '1.2.3', host: 'host-1', chain: () => 'devnet', redact };
  const pairs = openChannels(config, speaker).map(channel => {
    return [channel.name, { channel, sink: sinks[channel.name as ChannelName] }] as const;
  });
  return {
    ...(Object.fromEntries(pairs) as Record<ChannelName, ChannelWithSink>),
    env: given,
    redact,
    close: async () => void (await Promise.all(Object.values(sinks).map(sink => sink.close()))),
  };
}
