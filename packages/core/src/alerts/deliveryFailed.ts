import { BotError } from '../errors/index.ts';

interface Details {
  /** The service will never take this one. */
  permanent?: boolean;
  /** How long the service wants to be left alone. */
  retryAfterMs?: number | undefined;
  /** HTTP status, when there was an answer. */
  status?: number | undefined;
  /** The beginning of the answer's body, redacted. */
  answer?: string | undefined;
}

/** A service did not take an alert. The message never holds the service's URL: tokens are part of some. */
export class DeliveryFailed extends BotError {
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly answer: string | undefined;

  constructor(message: string, { permanent = false, retryAfterMs, status, answer }: Details = {}) {
    super(message, { retryable: !permanent });
    this.permanent = permanent;
    this.retryAfterMs = retryAfterMs;
    this.status = status;
    this.answer = answer;
  }
}
