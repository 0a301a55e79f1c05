import { type Notice, reaches } from '../alert.ts';
import type { Channel } from '../channel.ts';
import { DeliveryFailed } from '../deliveryFailed.ts';
import type { ChannelOptions } from './channelOptions.ts';
import { answerOf, explained } from './explained.ts';
import { messageText } from './messageText.ts';
import { post } from './post.ts';
import { plainText, telegramHtml } from './telegramStyle.ts';

export interface TelegramOptions extends ChannelOptions {
  token: { reveal(): string };
  /** A chat's number (negative for a group) or the @name of a public channel. */
  chatId: string;
  /** Without a slash at the end. */
  apiUrl: string;
}

/** https://core.telegram.org/bots/faq: one message a second to a chat, twenty a minute to a group. */
const pauseMs = { person: 1_000, group: 3_000 };

/** What the Bot API says when it did not take a message. */
interface Refusal {
  description?: unknown;
  parameters?: { retry_after?: unknown; migrate_to_chat_id?: unknown };
}

/**
 * Messages of the Telegram bot to one chat. A text that Telegram cannot read as HTML is sent once more without any, and
 * a group that became a supergroup is followed; every process finds that out anew, until its variable says so.
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
    await post(`${apiUrl}/bot${token.reveal()}/sendMessage`, body, { redact, signal, envelope });
  }

  /** @returns whether the refusal was that the chat has another number now */
  function isMoved(error: unknown): boolean {
    const moved = refusalOf(error).parameters?.migrate_to_chat_id;
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
      return `the Telegram group ${options.chatId} became the supergroup ${chatId}: set TELEGRAM_CHAT_ID=${chatId}`;
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
      try {
        // One text that is badly put must not cost its alert.
        await attempt(true).catch(error => {
          if (!(error instanceof DeliveryFailed) || error.status !== 400) throw error;
          return attempt(false);
        });
      } catch (error) {
        throw inItsWords(error);
      }
    },
  };
}

/** What nobody has to look up at once makes no sound. */
function isQuiet({ occasion, alert }: Notice): boolean {
  return ['news', 'resolved', 'acknowledged'].includes(occasion) || alert.severity === 'info';
}

function refusalOf(error: unknown): Refusal {
  return answerOf(error);
}

/** The failure in Telegram's own words, with the time that it wants to be left alone. */
function inItsWords(error: unknown): unknown {
  const { description, parameters } = refusalOf(error);
  const seconds = parameters?.retry_after;
  // The token is part of the path.
  const isUnknown = error instanceof DeliveryFailed && (error.status === 401 || error.status === 404);
  const said = typeof description === 'string' ? description : undefined;
  return explained(
    error,
    isUnknown ? `${said} (is TELEGRAM_BOT_TOKEN right?)` : said,
    typeof seconds === 'number' ? seconds * 1_000 : undefined,
  );
}
