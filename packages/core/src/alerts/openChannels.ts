import type { z } from 'zod';
import type { alertVariables } from '../config/index.ts';
import type { Channel } from './channel.ts';
import { discordChannel } from './channels/discord.ts';
import { emailChannel, type MailServer } from './channels/email.ts';
import { pagerDutyChannel } from './channels/pagerDuty.ts';
import { rollbarChannel } from './channels/rollbar.ts';
import { slackChannel } from './channels/slack.ts';
import { telegramChannel } from './channels/telegram.ts';
import { webhookChannel } from './channels/webhook.ts';
import { RollbarApi } from './rollbarApi.ts';

export type AlertConfig = z.output<z.ZodObject<typeof alertVariables>>;

/** The description of a process that every channel gets. */
export interface Speaker {
  bot: string;
  version: string;
  /** The name of this machine. */
  host: string;
  /**
   * Returns the name of the chain. It is called each time, since the chain may be unknown before the first
   * endpoint answers.
   */
  chain(): string;
  /** Removes secrets from a text. */
  redact(text: string): string;
}

/** Opens every channel whose variables are set. */
export function openChannels(config: AlertConfig, speaker: Speaker): Channel[] {
  const { bot, version, host, chain, redact } = speaker;
  const { ENVIRONMENT_NAME: environment } = config;
  const shared = { environment, redact };
  const channels: Channel[] = [];
  if (config.ROLLBAR_API_KEY) {
    const token = config.ROLLBAR_WRITE_TOKEN;
    channels.push(
      rollbarChannel({
        accessToken: config.ROLLBAR_API_KEY,
        endpoint: config.ROLLBAR_ENDPOINT,
        api: token && new RollbarApi({ url: withoutSlash(config.ROLLBAR_API_URL), token }),
        minSeverity: config.ROLLBAR_MIN_SEVERITY,
        environment: (name = environment) => `${bot}-${name || chain()}`,
        version,
        host,
        redact,
      }),
    );
  }
  if (config.PAGERDUTY_ROUTING_KEY) {
    channels.push(
      pagerDutyChannel({
        ...shared,
        routingKey: config.PAGERDUTY_ROUTING_KEY,
        apiUrl: withoutSlash(config.PAGERDUTY_API_URL),
        minSeverity: config.PAGERDUTY_MIN_SEVERITY,
      }),
    );
  }
  if (config.TELEGRAM_BOT_TOKEN && config.TELEGRAM_CHAT_ID) {
    channels.push(
      telegramChannel({
        ...shared,
        token: config.TELEGRAM_BOT_TOKEN,
        chatId: config.TELEGRAM_CHAT_ID,
        apiUrl: withoutSlash(config.TELEGRAM_API_URL),
        minSeverity: config.TELEGRAM_MIN_SEVERITY,
      }),
    );
  }
  if (config.SLACK_WEBHOOK_URL) {
    const { SLACK_WEBHOOK_URL: webhookUrl, SLACK_MIN_SEVERITY: minSeverity } = config;
    channels.push(slackChannel({ ...shared, webhookUrl, minSeverity }));
  }
  if (config.DISCORD_WEBHOOK_URL) {
    const { DISCORD_WEBHOOK_URL: webhookUrl, DISCORD_MIN_SEVERITY: minSeverity } = config;
    channels.push(discordChannel({ ...shared, webhookUrl, minSeverity }));
  }
  const server = mailServerOf(config);
  if (config.EMAIL_TO && config.EMAIL_FROM && server) {
    const { EMAIL_TO: to, EMAIL_FROM: from, EMAIL_MIN_SEVERITY: minSeverity } = config;
    channels.push(emailChannel({ ...shared, server, from, to, minSeverity }));
  }
  if (config.WEBHOOK_URL) {
    const { WEBHOOK_URL: url, WEBHOOK_MIN_SEVERITY: minSeverity } = config;
    channels.push(webhookChannel({ ...shared, url, minSeverity }));
  }
  return channels;
}

/** Returns the server that mail is submitted to; undefined where no mail is sent. */
export function mailServerOf(config: AlertConfig): MailServer | undefined {
  const { SMTP_URL: url, SMTP_USER: user, SMTP_PASSWORD: password } = config;
  return url === undefined ? undefined : { url, user, password };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
