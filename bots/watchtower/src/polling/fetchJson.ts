import type { Clock } from '@service-bots/core/clock';
import { BotError, plainLine, reasonOf } from '@service-bots/core/errors';
import { httpRequest } from '@service-bots/core/http';

/** An answer in JSON. Times are milliseconds since 1970 on this machine's clock. */
export interface JsonAnswer {
  readonly json: unknown;
  /** The midpoint between the request and the answer. The sender's own time is compared with this moment. */
  readonly atMs: number;
  /** The duration of the exchange in ms. It limits the accuracy of the sender's time. */
  readonly tookMs: number;
}

export interface JsonQuestion {
  url: string;
  withinMs: number;
  clock: Clock;
  mostBytes: number;
  /** Sent as a bearer token, to this URL only. */
  token?: string | undefined;
}

/**
 * Reads a JSON document from another process. The answer is untrusted: it ends within `withinMs` and at
 * `mostBytes`, and a redirect is not followed.
 * @throws BotError with one printable line that names the problem of the answer
 */
export async function fetchJson({
  url,
  withinMs,
  clock,
  mostBytes,
  token,
}: JsonQuestion): Promise<JsonAnswer> {
  const askedAtMs = clock.now();
  const startedMs = clock.monotonicMs();
  const signal = AbortSignal.timeout(withinMs);
  let text: string;
  try {
    const reply = await httpRequest(url, {
      signal,
      headers: { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      mostBytes,
      onlyOk: true,
    });
    if (reply.status !== 200) throw new BotError(httpProblem(reply.status));
    text = reply.body;
  } catch (error) {
    if (error instanceof BotError) throw error;
    if (signal.aborted) throw new BotError(`no complete answer within ${withinMs / 1000} s`);
    throw new BotError(plainLine(reasonOf(error)), { cause: error });
  }
  const tookMs = clock.monotonicMs() - startedMs;
  return { json: jsonIn(text), atMs: askedAtMs + tookMs / 2, tookMs };
}

function httpProblem(code: number): string {
  if (code >= 300 && code < 400) return `answers with a redirect (HTTP ${code}), which is not followed`;
  if (code === 401) return 'answers with HTTP 401: it takes another token';
  return `answers with HTTP ${code}`;
}

function jsonIn(text: string): unknown {
  if (isDeep(text)) throw new BotError(`answers with a text that is nested more than ${mostDepth} deep`);
  try {
    return JSON.parse(text);
  } catch {
    throw new BotError('answers with a text that is not JSON');
  }
}

/**
 * The largest nesting depth; a status has 8 levels. Three million brackets keep the parser busy for seconds,
 * in which no other bot is polled.
 */
const mostDepth = 100;

function isDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (isString) {
      if (code === backslash) i += 1;
      else if (code === quote) isString = false;
    } else if (code === quote) isString = true;
    else if (code === openBracket || code === openBrace) {
      depth += 1;
      if (depth > mostDepth) return true;
    } else if (code === closeBracket || code === closeBrace) depth -= 1;
  }
  return false;
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = Array.from('"\\[]{}', sign =>
  sign.charCodeAt(0),
);
