import type { z } from 'zod';
import type { alertVariables } from '../config/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Channel } from './channel.ts';
import { rollbarChannel } from './channels/rollbar.ts';
import { telegramChannel } from './channels/telegram.ts';

export type AlertConfig = z.output<z.ZodObject<typeof alertVariables>>;

/** What every channel is told of the process it speaks for. */
export interface Speaker {
  bot: string;
  version: string;
  /** Name of the chain; asked each time, since it may not be known before the first endpoint answers. */
  chain(): string;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  logger: Logger;
}

/** Every channel whose variables are set. */
export function openChannels(
  config: AlertConfig,
  { bot, version, chain, redact, logger }: Speaker,
): Channel[] {
  const channels: Channel[] = [];
  const environment = config.ENVIRONMENT_NAME;
  if (config.ROLLBAR_API_KEY) {
    channels.push(
      rollbarChannel({
        accessToken: config.ROLLBAR_API_KEY,
        endpoint: config.ROLLBAR_ENDPOINT,
        environment: () => `${bot}-${environment ?? chain()}`,
        version,
        redact,
      }),
    );
  }
  if (config.TELEGRAM_BOT_TOKEN && config.TELEGRAM_CHAT_ID) {
    channels.push(
      telegramChannel({
        token: config.TELEGRAM_BOT_TOKEN,
        chatId: config.TELEGRAM_CHAT_ID,
        apiUrl: withoutSlash(config.TELEGRAM_API_URL),
        minSeverity: config.TELEGRAM_MIN_SEVERITY,
        environment,
        redact,
        logger,
      }),
    );
  }
  return channels;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
