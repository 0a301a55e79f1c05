import { DeliveryFailed } from './deliveryFailed.ts';

export interface RollbarApiOptions {
  /** Such as `https://api.rollbar.com/api/1`, without a slash at the end. */
  url: string;
  /** A project's access token with the scopes read and write. */
  token: { reveal(): string };
}

/** Rollbar's API for what is not an item: https://docs.rollbar.com/reference. */
export class RollbarApi {
  readonly #options: RollbarApiOptions;

  constructor(options: RollbarApiOptions) {
    this.#options = options;
  }

  /** @throws DeliveryFailed when there is no answer, or none in the two hundreds */
  get(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#call('GET', path, undefined, signal);
  }

  /** @throws DeliveryFailed when there is no answer, or none in the two hundreds */
  write(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    return this.#call(method, path, body, signal);
  }

  /** @returns the answer's `result` */
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
    const answer = asRecord(await response.json().catch(() => undefined));
    const { status } = response;
    if (response.ok) return answer.result;
    const said = typeof answer.message === 'string' ? `: ${answer.message}` : '';
    throw new DeliveryFailed(`HTTP ${status}${said}`, { permanent: status < 500 && status !== 429, status });
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
