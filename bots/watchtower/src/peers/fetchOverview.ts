import type { Clock } from '@service-bots/core/clock';
import { BotError, plainLine } from '@service-bots/core/errors';
import { type Overview, overviewSchema, overviewVersion } from '../overview/schema.ts';
import { fetchJson } from '../polling/fetchJson.ts';

const mostCharacters = 1_000;
const mostEntries = 500;

/**
 * Reads what another watchtower shows of its own deployment. Its texts are other people's, so each becomes one printable
 * line of bounded length, whatever the peer has made of them.
 * @throws BotError with one printable line that says what is wrong with the answer
 */
export async function fetchOverview(
  url: string,
  withinMs: number,
  clock: Clock,
  token: string | undefined,
): Promise<Overview> {
  const { json } = await fetchJson(url, withinMs, clock, token);
  const { success, data } = overviewSchema.safeParse(plain(json));
  if (success) return data;
  const version = json instanceof Object && 'version' in json ? Number(json.version) : undefined;
  throw new BotError(
    version !== undefined && version !== overviewVersion
      ? `answers in version ${version} of the document, and this watchtower reads version ${overviewVersion}`
      : 'answers with JSON that is not the status of a watchtower',
  );
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return plainLine(value, mostCharacters);
  if (Array.isArray(value)) return value.slice(0, mostEntries).map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
