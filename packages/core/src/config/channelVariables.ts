import { httpUrl } from './endpoints.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './secret.ts';
import { variable } from './variable.ts';
import { choice } from './words.ts';

/** The least severe alert that a channel is told of. */
const leastSevere = (channel: string, fallback: 'info' | 'critical') =>
  variable(choice(['info', 'warning', 'error', 'critical']).prefault(fallback), {
    description: `The least severe alerts to send to ${channel}: info, warning, error or critical`,
    example: 'error',
  });

/** A bot's token as BotFather gives it. */
function telegramToken(): Variable<Secret> {
  return parsed(text => {
    if (!/^\d+:[\w-]+$/.test(text)) throw new Refusal('is not a token of the form <number>:<letters>');
    return new Secret(text);
  });
}

function telegramChat(): Variable<string> {
  return parsed(text => {
    if (!/^(-?\d+|@\w+)$/.test(text))
      throw new Refusal("is neither a chat's number, negative for a group, nor the @name of a channel");
    return text;
  });
}

export const telegramVariables = {
  TELEGRAM_BOT_TOKEN: variable(telegramToken().optional(), {
    description: 'Token of the Telegram bot that sends alerts and news; without it nothing goes to Telegram',
    example: '123456789:your-telegram-bot-token',
    secret: true,
    needs: 'TELEGRAM_CHAT_ID',
  }),
  TELEGRAM_CHAT_ID: variable(telegramChat().optional(), {
    description:
      'Chat that the Telegram bot writes to: its number (negative for a group) or the @name of a channel',
    example: '-1001234567890',
    needs: 'TELEGRAM_BOT_TOKEN',
  }),
  TELEGRAM_API_URL: variable(httpUrl().prefault('https://api.telegram.org'), {
    description: 'Base URL of the Telegram Bot API',
    example: 'http://127.0.0.1:8081',
  }),
  TELEGRAM_MIN_SEVERITY: leastSevere('Telegram', 'info'),
};
