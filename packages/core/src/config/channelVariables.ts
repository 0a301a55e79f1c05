import { httpUrl, mailServerUrl, secretUrl } from './endpoints.ts';
import { eachEntry, entriesOf } from './entries.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './secret.ts';
import { variable } from './variable.ts';
import { choice, password, secretText, text } from './words.ts';

/** The variable with the least severe alert that a channel gets. */
const leastSevere = (channel: string, fallback: 'info' | 'critical') =>
  variable(choice(['info', 'warning', 'error', 'critical']).prefault(fallback), {
    description: `The least severe alerts to send to ${channel}: info, warning, error or critical`,
    example: 'error',
  });

/** Parses a bot's token in the form that BotFather issues. */
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

/** Parses the integration key of an Events API v2 integration: 32 letters and digits. */
function routingKey(): Variable<Secret> {
  return parsed(text => {
    if (!/^[\w-]{32}$/.test(text)) throw new Refusal('is not an integration key, which has 32 characters');
    return new Secret(text);
  });
}

/** Checks an address, which must stand without a name beside it. */
function mailAddress(entry: string): void {
  if (!/^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+$/.test(entry))
    throw new Refusal('is not an address like on-call@example.com');
}

function mailAddresses(): Variable<string[]> {
  return parsed(text => {
    eachEntry(text, mailAddress, entriesOf(text));
    return [...new Set(entriesOf(text))];
  });
}

/** The variables of the channels; each channel is on when its secret is set. */
export const channelVariables = {
  ROLLBAR_API_KEY: variable(secretText().optional(), {
    description: 'Access token (post_server_item) of the Rollbar project; without it nothing goes to Rollbar',
    example: 'your-rollbar-access-token',
    secret: true,
  }),
  ROLLBAR_WRITE_TOKEN: variable(secretText().optional(), {
    description: 'Access token (read and write) with which items are marked resolved when an alert ends',
    example: 'your-rollbar-write-token',
    secret: true,
    needs: 'ROLLBAR_API_KEY',
  }),
  ROLLBAR_ENDPOINT: variable(httpUrl().prefault('https://api.rollbar.com/api/1/item/'), {
    description: 'Whole URL, path included, that items are posted to',
    example: 'http://127.0.0.1:9300/api/1/item/',
    mayHoldKey: true,
    onlyWith: 'ROLLBAR_API_KEY',
  }),
  ROLLBAR_API_URL: variable(httpUrl().prefault('https://api.rollbar.com/api/1'), {
    description: 'Base URL of the rest of the Rollbar API',
    example: 'http://127.0.0.1:9300/api/1',
    mayHoldKey: true,
    onlyWith: 'ROLLBAR_WRITE_TOKEN',
  }),
  ROLLBAR_MIN_SEVERITY: leastSevere('Rollbar', 'info'),
  PAGERDUTY_ROUTING_KEY: variable(routingKey().optional(), {
    description:
      'Integration key (Events API v2) of a PagerDuty service; without it nobody is paged by PagerDuty',
    example: 'yourpagerdutyintegrationkey32cha',
    secret: true,
  }),
  PAGERDUTY_API_URL: variable(httpUrl().prefault('https://events.pagerduty.com'), {
    description: 'Base URL of the PagerDuty Events API',
    example: 'https://events.eu.pagerduty.com',
    mayHoldKey: true,
    onlyWith: 'PAGERDUTY_ROUTING_KEY',
  }),
  PAGERDUTY_MIN_SEVERITY: leastSevere('PagerDuty', 'critical'),
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
    mayHoldKey: true,
    onlyWith: 'TELEGRAM_BOT_TOKEN',
  }),
  TELEGRAM_MIN_SEVERITY: leastSevere('Telegram', 'info'),
  SLACK_WEBHOOK_URL: variable(secretUrl().optional(), {
    description: 'Incoming webhook of a Slack channel; without it nothing goes to Slack',
    example: 'https://hooks.slack.com/services/your/webhook/path',
    secret: true,
  }),
  SLACK_MIN_SEVERITY: leastSevere('Slack', 'info'),
  DISCORD_WEBHOOK_URL: variable(secretUrl().optional(), {
    description: 'Webhook of a Discord channel; without it nothing goes to Discord',
    example: 'https://discord.com/api/webhooks/your/webhook-path',
    secret: true,
  }),
  DISCORD_MIN_SEVERITY: leastSevere('Discord', 'info'),
  EMAIL_TO: variable(mailAddresses().optional(), {
    description:
      'Addresses that alerts and news are mailed to, separated by commas; without it no mail is sent',
    example: 'on-call@example.com',
    needs: ['EMAIL_FROM', 'SMTP_URL'],
  }),
  EMAIL_FROM: variable(
    parsed(text => {
      mailAddress(text);
      return text;
    }).optional(),
    {
      description: 'Address that alerts are mailed from',
      example: 'service-bots@example.com',
      needs: 'EMAIL_TO',
    },
  ),
  SMTP_URL: variable(mailServerUrl().optional(), {
    description:
      'Mail server: smtps://host for TLS (port 465), smtp://host for STARTTLS (port 587), or with a port of its own',
    example: 'smtps://smtp.example.com',
    needs: 'EMAIL_TO',
  }),
  SMTP_USER: variable(text().optional(), {
    description: 'User at the mail server. With one, a connection without TLS is refused',
    example: 'service-bots@example.com',
    needs: ['SMTP_URL', 'SMTP_PASSWORD'],
  }),
  SMTP_PASSWORD: variable(password().optional(), {
    description: 'Password of that user',
    example: 'your-mail-password',
    secret: true,
    needs: 'SMTP_USER',
  }),
  EMAIL_MIN_SEVERITY: leastSevere('e-mail', 'info'),
  WEBHOOK_URL: variable(secretUrl().optional(), {
    description: 'URL that every alert and all news are posted to as JSON',
    example: 'https://alerts.example.com/your-secret-path',
    secret: true,
  }),
  WEBHOOK_MIN_SEVERITY: leastSevere('the webhook', 'info'),
};
