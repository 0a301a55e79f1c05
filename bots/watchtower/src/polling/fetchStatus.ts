import { type BotStatus, botStatusSchema } from '@service-bots/core/botStatus';
import type { Clock } from '@service-bots/core/clock';
import { BotError } from '@service-bots/core/errors';
import { fetchJson, type JsonAnswer } from './fetchJson.ts';

/** A bot's own limit is 4 MB; redaction makes some texts longer. */
const mostBytes = 6_000_000;

/** A valid answer of a bot. */
export interface Answer extends Omit<JsonAnswer, 'json'> {
  readonly status: BotStatus;
}

/**
 * Reads the `/status` of a bot and returns only a document of the right form.
 * @throws BotError with one printable line that names the problem of the answer
 */
export async function fetchStatus(url: string, withinMs: number, clock: Clock): Promise<Answer> {
  const { json, ...times } = await fetchJson({ url, withinMs, clock, mostBytes });
  const { success, data } = botStatusSchema.safeParse(json);
  if (!success) throw new BotError('answers with JSON that is not the status of a bot');
  return { status: data, ...times };
}
