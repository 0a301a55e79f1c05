import { BotError } from '../errors/index.ts';

interface Details {
  /** The service will never take this very message. */
  permanent?: boolean;
  /** How long the service wants to be left alone. */
  retryAfterMs?: number | undefined;
  /** HTTP status, when there was an answer. */
  status?: number | undefined;
  /** The beginning of the answer's body, redacted. */
  answer?: string | undefined;
  /** Where no HTTP status tells. */
  isPassing?: boolean | undefined;
}

/** Time-outs and limits. */
const passing = new Set([408, 425, 429]);

/** A service did not take an alert. The message never holds the service's URL: tokens are part of some. */
export class DeliveryFailed extends BotError {
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly answer: string | undefined;

  /** Whether the next minutes may mend it by themselves; otherwise a person has to look at a token, a URL or a proxy. */
  readonly isPassing: boolean;

  constructor(message: string, { permanent = false, retryAfterMs, status, answer, isPassing }: Details = {}) {
    super(message, { retryable: !permanent });
    this.permanent = permanent;
    this.retryAfterMs = retryAfterMs;
    this.status = status;
    this.answer = answer;
    this.isPassing = isPassing ?? mayPass(status);
  }
}

function mayPass(status: number | undefined): boolean {
  return status === undefined || status >= 500 || (status >= 200 && status < 300) || passing.has(status);
}
