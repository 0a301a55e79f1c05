import { BotError, plainLine } from '@service-bots/core/errors';
import { type Overview, overviewSchema, overviewVersion } from '../overview/schema.ts';
import { fetchJson, type JsonQuestion } from '../polling/fetchJson.ts';

/**
 * The largest answer. A pool with 15 checks is 5 kB, so 400 of them fit. Twenty peers are read at once, in a
 * container of 384 MB.
 */
const mostBytes = 2_000_000;
/** The most characters of a message; all other texts are names, reasons and addresses. */
const mostOfMessage = 800;
const mostCharacters = 300;
/** The most entries of a list of the document, and of a list inside such an entry. */
const mostEntries = 500;
const mostWithin = 50;

/**
 * Reads the overview that another watchtower shows of its own deployment. Its texts are untrusted, so each
 * becomes one printable line of bounded length.
 * @throws BotError with one printable line that names the problem of the answer
 */
export async function fetchOverview(question: Omit<JsonQuestion, 'mostBytes'>): Promise<Overview> {
  const { json } = await fetchJson({ ...question, mostBytes });
  const { success, data } = overviewSchema.safeParse(plain(json));
  if (success) return data;
  const version = json instanceof Object && 'version' in json ? Number(json.version) : undefined;
  throw new BotError(
    version !== undefined && version !== overviewVersion
      ? `answers in version ${version} of the document, and this watchtower reads version ${overviewVersion}`
      : 'answers with JSON that is not the status of a watchtower',
  );
}

function plain(value: unknown, key = '', isWithin = false): unknown {
  if (typeof value === 'string') return plainLine(value, key === 'message' ? mostOfMessage : mostCharacters);
  if (Array.isArray(value))
    return value.slice(0, isWithin ? mostWithin : mostEntries).map(each => plain(each, '', true));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each, name, isWithin)]));
}
