import { printable } from '../../errors/index.ts';
import { textWithin } from '../../http/index.ts';
import { Redactor } from '../../logger/index.ts';
import { DeliveryFailed } from '../delivery/Channel.ts';

/** A page of items or rules has some hundred kilobytes at most. */
const mostAnswerBytes = 4 * 1_048_576;

/** The tokens and the address of Rollbar’s API. */
export interface RollbarApiOptions {
  /** Such as `https://api.rollbar.com/api/1`, without a slash at the end. */
  url: string;
  /** A project's access token with the scopes read and write. */
  token: { reveal(): string };
}

/** Rollbar's API for everything but posting items: https://docs.rollbar.com/reference. */
export class RollbarApi {
  readonly #options: RollbarApiOptions;

  constructor(options: RollbarApiOptions) {
    this.#options = options;
  }

  /**
   * Sends a GET request.
   * @throws DeliveryFailed without a 2xx answer of Rollbar's; its `answer` is set when the answer is
   * Rollbar's
   */
  get(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#call('GET', path, undefined, signal);
  }

  /** Sends a request that changes data. @throws DeliveryFailed when there is no 2xx answer */
  write(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    return this.#call(method, path, body, signal);
  }

  /** Sends a request. @returns the answer's `result` */
  async #call(method: string, path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { url, token } = this.#options;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-rollbar-access-token': token.reveal() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal,
    }).catch(() => {
      throw new DeliveryFailed(signal.aborted ? 'no answer in time' : 'no connection');
    });
    const { status } = response;
    const answer = await recordIn(response);
    if (response.ok) {
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

/** Parses the body. @returns undefined where the body is no JSON object */
async function recordIn(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await textWithin(response, mostAnswerBytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
