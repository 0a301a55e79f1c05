import { httpUrl, parsed, Refusal, Secret, type Variable, variable } from '../../config/index.ts';
import { type Channel, DeliveryFailed } from '../delivery/Channel.ts';
import { type Notice, reaches } from '../model/alert.ts';
import { type ChannelOptions, channelKind, leastSevere, withoutSlash } from './channelKind.ts';
import { htmlEscaped, messageText, plainStyle, type Style } from './messageText.ts';
import { post, type Service, type ServiceAnswer, serviceAnswer } from './post.ts';

export interface TelegramOptions extends ChannelOptions {
  token: { reveal(): string };
  /** A chat's number (negative for a group) or the @name of a public channel. */
  chatId: string;
  /** Without a slash at the end. */
  apiUrl: string;
}

/** https://core.telegram.org/bots/faq: one message a second to a chat, twenty a minute to a group. */
const pauseMs = { person: 1_000, group: 3_000 };

/** The parameters that the Bot API adds to a refusal. */
interface Parameters {
  retry_after?: unknown;
  migrate_to_chat_id?: unknown;
}

/** https://core.telegram.org/bots/api#making-requests */
const telegram: Service = {
  name: 'Telegram',
  accepts: ({ json }) => json?.ok === true,
  words({ status, json: { ok, description } = {} }) {
    if (ok !== false || typeof description !== 'string') return undefined;
    // The token is part of the path.
    return status === 401 || status === 404 ? `${description} (is TELEGRAM_BOT_TOKEN right?)` : description;
  },
  // Most of Telegram's HTTP 400 are about the chat: not found, no rights to write in it, a closed topic.
  isAboutMessage: words =>
    /\b(?:message|text|entit(?:y|ies)|encod\w+|parse)\b/i.test(words) && !/rights|chat|thread/i.test(words),
  retryAfterMs(answer) {
    const { retry_after: seconds } = parametersIn(answer);
    return typeof seconds === 'number' ? seconds * 1_000 : undefined;
  },
};

/**
 * Returns a channel to one chat of the Telegram bot. A text that Telegram cannot read as HTML is sent once
 * more as plain text. A group that became a supergroup is followed; every process finds the new number anew,
 * until its variable has it.
 */
export function telegramChannel(options: TelegramOptions): Channel {
  const { apiUrl, token, redact, environment } = options;
  let chatId = options.chatId;

  async function send(notices: readonly Notice[], asHtml: boolean, signal: AbortSignal): Promise<void> {
    const body = {
      text: messageText(notices, asHtml ? telegramHtml : plainText, { environment, redact }),
      link_preview_options: { is_disabled: true },
      disable_notification: notices.every(isQuiet),
    };
    const envelope = { chat_id: chatId, ...(asHtml ? { parse_mode: 'HTML' } : {}) };
    await post(`${apiUrl}/bot${token.reveal()}/sendMessage`, body, {
      redact,
      signal,
      envelope,
      service: telegram,
    });
  }

  /** Follows a chat to its new number. @returns whether the chat has another number now, by the refusal */
  function isMoved(error: unknown): boolean {
    const moved = parametersOf(error).migrate_to_chat_id;
    if (typeof moved !== 'number' && typeof moved !== 'string') return false;
    const before = chatId;
    chatId = String(moved);
    return chatId !== before;
  }

  return {
    name: 'telegram',
    address: options.chatId,
    moved() {
      if (chatId === options.chatId) return undefined;
      return `the Telegram group ${options.chatId} became the supergroup ${chatId}. Alerts still arrive there; set TELEGRAM_CHAT_ID=${chatId}`;
    },
    minIntervalMs: /^\d/.test(chatId) ? pauseMs.person : pauseMs.group,
    digestUpTo: 20,
    wants: notice => reaches(notice, options.minSeverity),
    async deliver(notices, signal) {
      const attempt = async (asHtml: boolean) => {
        try {
          await send(notices, asHtml, signal);
        } catch (error) {
          if (!isMoved(error)) throw error;
          await send(notices, asHtml, signal);
        }
      };
      // A single text that Telegram cannot parse must not cost the alert.
      await attempt(true).catch(error => {
        if (!(error instanceof DeliveryFailed) || error.status !== 400) throw error;
        return attempt(false);
      });
    },
  };
}

/** Returns whether the message makes no sound, because no person has to look at it at once. */
function isQuiet({ occasion, alert }: Notice): boolean {
  return ['news', 'resolved', 'acknowledged'].includes(occasion) || alert.severity === 'info';
}

function parametersOf(error: unknown): Parameters {
  if (!(error instanceof DeliveryFailed) || error.status === undefined) return {};
  return parametersIn(serviceAnswer(error.status, error.answer ?? ''));
}

function parametersIn({ json: { parameters } = {} }: ServiceAnswer): Parameters {
  return typeof parameters === 'object' && parameters !== null ? parameters : {};
}

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

export const telegramKind = channelKind({
  name: 'telegram',
  turnedOnBy: 'TELEGRAM_BOT_TOKEN',
  variables: {
    TELEGRAM_BOT_TOKEN: variable(telegramToken().optional(), {
      description:
        'Token of the Telegram bot that sends alerts and news; without it nothing goes to Telegram',
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
  },
  open: ({ TELEGRAM_BOT_TOKEN: token, TELEGRAM_CHAT_ID: chatId, ...config }, speaker) =>
    token && chatId
      ? telegramChannel({
          ...speaker,
          token,
          chatId,
          apiUrl: withoutSlash(config.TELEGRAM_API_URL),
          minSeverity: config.TELEGRAM_MIN_SEVERITY,
        })
      : undefined,
  host: ({ TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: url }) => token && url,
});

/**
 * https://core.telegram.org/bots/api#sendmessage allows 4,096 after entities; the rest is for text that
 * redaction adds.
 */
const most = 4_000;

/** Telegram's HTML. */
export const telegramHtml: Style = {
  most,
  // Longer texts are cut before they are posted, which would leave half a tag.
  mostWritten: 8_000,
  escaped: htmlEscaped,
  link: htmlEscaped,
  bold: text => `<b>${text}</b>`,
  code: text => `<pre>${text}</pre>`,
};

/** The style of a text that is not read as HTML. */
export const plainText = plainStyle(most);
