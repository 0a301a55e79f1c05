import type { HttpAnswer, ReceivedRequest } from '../http/loopbackServer.ts';
import { asObject, asString, type JsonObject, parsed } from './json.ts';
import { type Sink, type SinkService, startSink } from './sink.ts';
import { parseTelegramHtml } from './telegramHtml.ts';

/** A message as Telegram accepted it. */
export interface TelegramMessage {
  readonly receivedAt: Date;
  readonly token: string;
  readonly chatId: string;
  /** The text that a reader sees. */
  readonly text: string;
  /** As it was sent, tags included. */
  readonly source: string;
  readonly parseMode: string | undefined;
  readonly links: readonly string[];
  readonly isSilent: boolean;
  /** For the search for secrets. */
  readonly rawBody: string;
}

export interface TelegramOptions {
  /** Refuses every other token. Default: any token is accepted. */
  readonly token?: string;
  /** Refuses every other chat. Default: any chat exists. */
  readonly chats?: readonly string[];
  /** The most messages to one chat; Telegram's own are 1 a second, and 20 a minute to a group. Default: no limit. */
  readonly limits?: { readonly perSecond: number; readonly perMinute: number };
  /** The clock of the limits, milliseconds since 1970. */
  readonly now?: () => number;
  readonly port?: number;
}

export interface TelegramSink extends Sink<TelegramMessage> {
  /** Turns the chat `from` into the supergroup `to` from now on. */
  migrate(from: string, to: number): void;
}

/** https://core.telegram.org/bots/api#sendmessage */
const mostCharacters = 4_096;

/**
 * Plays the Bot API's `sendMessage`, with a JSON body: token in the path, the text's length after its
 * entities are parsed (in UTF-16 units), well-formed HTML, limits for each chat, groups that became
 * supergroups.
 */
export async function startTelegram(options: TelegramOptions = {}): Promise<TelegramSink> {
  const migrations = new Map<string, number>();
  const sink = await startSink(telegramService(options, migrations), options.port);
  return { ...sink, migrate: (from, to) => void migrations.set(from, to) };
}

function telegramService(
  { token: goodToken, chats, limits, now = Date.now }: TelegramOptions,
  migrations: ReadonlyMap<string, number>,
): SinkService<TelegramMessage> {
  const sentAt = new Map<string, number[]>();
  let messages = 0;

  /** Returns the seconds until the chat may be written to again; 0: now. */
  function waitSeconds(chatId: string): number {
    if (!limits) return 0;
    const times = (sentAt.get(chatId) ?? []).filter(time => time > now() - 60_000);
    sentAt.set(chatId, times);
    const free = (most: number, windowMs: number) => (times.at(-most) ?? -Infinity) + windowMs - now();
    const waitMs = Math.max(free(limits.perSecond, 1_000), free(limits.perMinute, 60_000));
    return Math.max(0, Math.ceil(waitMs / 1_000));
  }

  return {
    failure: refusal(500, 'Internal Server Error'),
    rejection: refusal(400, 'Bad Request: can\'t parse entities: Unsupported start tag "_" at byte offset 0'),
    rateLimit: tooMany(5),
    judge(request) {
      const [, token = '', method] = /^\/bot([^/]*)\/([^/?]+)$/.exec(request.path) ?? [];
      if (!/^\d+:[\w-]+$/.test(token)) return { answer: refusal(404, 'Not Found') };
      if (goodToken !== undefined && token !== goodToken) return { answer: refusal(401, 'Unauthorized') };
      if (method?.toLowerCase() !== 'sendmessage')
        return { answer: refusal(404, 'Not Found: method not found') };
      const body = bodyOf(request);
      if (body === undefined) return { answer: refusal(400, "Bad Request: can't parse JSON object") };
      const chatId = String(body.chat_id ?? '');
      const migrated = migrations.get(chatId);
      const problem = problemOfChat(chatId, chats);
      if (problem !== undefined) return { answer: refusal(400, problem) };
      if (migrated !== undefined) {
        const text = 'Bad Request: group chat was upgraded to a supergroup chat';
        return { answer: refusal(400, text, { migrate_to_chat_id: migrated }) };
      }
      const read = readText(body);
      if (typeof read === 'string') return { answer: refusal(400, read) };
      const wait = waitSeconds(chatId);
      if (wait > 0) return { answer: tooMany(wait) };
      sentAt.set(chatId, [...(sentAt.get(chatId) ?? []), now()]);
      const message: TelegramMessage = {
        receivedAt: request.receivedAt,
        token,
        chatId,
        ...read,
        isSilent: body.disable_notification === true,
        rawBody: request.body,
      };
      messages += 1;
      const result = { message_id: messages, chat: { id: chatId }, text: read.text };
      return { answer: { status: 200, body: { ok: true, result } }, item: message };
    },
  };
}

function bodyOf(request: ReceivedRequest): JsonObject | undefined {
  if (!request.headers['content-type']?.startsWith('application/json')) return undefined;
  return asObject(parsed(request.body));
}

function problemOfChat(chatId: string, chats: readonly string[] | undefined): string | undefined {
  if (chatId === '') return 'Bad Request: chat_id is empty';
  const exists = chats?.includes(chatId) ?? /^(-?\d+|@\w+)$/.test(chatId);
  return exists ? undefined : 'Bad Request: chat not found';
}

/** Returns the problem with the text, or the text that a reader sees. */
function readText(
  body: JsonObject,
): string | Pick<TelegramMessage, 'text' | 'source' | 'parseMode' | 'links'> {
  const source = asString(body.text) ?? '';
  if (/\p{Surrogate}/u.test(source)) return 'Bad Request: strings must be encoded in UTF-8';
  const parseMode = asString(body.parse_mode);
  let shown: { text: string; links: readonly string[] } = { text: source, links: [] };
  if (parseMode !== undefined && parseMode.toLowerCase() !== 'html')
    return 'Bad Request: unsupported parse_mode';
  try {
    if (parseMode !== undefined) shown = parseTelegramHtml(source);
  } catch (error) {
    return `Bad Request: can't parse entities: ${(error as Error).message}`;
  }
  if (shown.text.trim() === '') return 'Bad Request: message text is empty';
  if (shown.text.trim().length > mostCharacters) return 'Bad Request: message is too long';
  return { ...shown, source, parseMode };
}

function refusal(status: number, description: string, parameters?: JsonObject): HttpAnswer {
  return {
    status,
    body: { ok: false, error_code: status, description, ...(parameters ? { parameters } : {}) },
  };
}

function tooMany(seconds: number): HttpAnswer {
  return refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}
