import { printable } from '../../errors/index.ts';
import { httpRequest } from '../../http/index.ts';
import { Redactor } from '../../logger/index.ts';
import { DeliveryFailed } from '../delivery/Channel.ts';
import { serviceAnswer } from './post.ts';

/** A page of items or rules has some hundred kilobytes at most. */
const mostAnswerBytes = 4 * 1_048_576;
const longestAnswerMs = 30_000;

/** The tokens and the address of Rollbar’s API. */
export interface RollbarApiOptions {
  /** Such as `https://api.rollbar.com/api/1`, without a slash at the end. */
  url: string;
  /** A project's access token with the scopes read and write. */
  token: { reveal(): string };
}

interface RollbarCall {
  /** @default GET */
  method?: 'POST' | 'PUT' | 'PATCH';
  path: string;
  /** The data to write, as JSON. */
  body?: unknown;
  signal: AbortSignal;
}

/** Rollbar's API for everything but posting items: https://docs.rollbar.com/reference. */
export class RollbarApi {
  readonly #options: RollbarApiOptions;

  constructor(options: RollbarApiOptions) {
    this.#options = options;
  }

  /**
   * Sends a request.
   * @returns the answer's `result`
   * @throws DeliveryFailed without a 2xx answer of Rollbar's; its `answer` is set when the answer is
   * Rollbar's
   */
  async call({ method, path, body, signal }: RollbarCall): Promise<unknown> {
    const { url, token } = this.#options;
    // A body that is too large is none of Rollbar's.
    const reply = await httpRequest(`${url}${path}`, {
      method: method ?? 'GET',
      headers: { 'x-rollbar-access-token': token.reveal() },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      mostBytes: mostAnswerBytes,
      cutAfterMs: longestAnswerMs,
    }).catch(() => {
      throw new DeliveryFailed(signal.aborted ? 'no answer in time' : 'no connection');
    });
    const { status } = reply;
    const { json: answer } = serviceAnswer(status, reply.body);
    if (reply.ok) {
      // The answer to a deploy has no `err`.
      if (answer && (answer.err === undefined || answer.err === 0)) return answer.result;
      if (!answer)
        throw new DeliveryFailed(
          `HTTP ${status}, but the answer is not Rollbar’s: a proxy or a login page may be in between`,
          { status },
        );
    }
    // An answer may quote the token.
    const words = printable(new Redactor([token.reveal()]).redact(String(answer?.message ?? '')));
    throw new DeliveryFailed(words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words.slice(0, 500)}`, {
      permanent: answer !== undefined && (status === 400 || status === 422),
      status,
      answer: answer && words,
    });
  }
}
