import { BotError } from '../errors/index.ts';

interface Details {
  /** Whether the service has refused this very message for good. */
  permanent?: boolean;
  /** The pause that the service asks for, in ms. */
  retryAfterMs?: number | undefined;
  /** HTTP status, when there was an answer. */
  status?: number | undefined;
  /** The beginning of the answer's body, redacted. */
  answer?: string | undefined;
  /** Whether the failure may pass by itself, for failures without an HTTP status. */
  isPassing?: boolean | undefined;
}

/** Time-outs and rate limits. */
const passing = new Set([408, 425, 429]);

/**
 * Thrown when a service did not accept an alert. The message never holds the service's URL, since some URLs
 * hold tokens.
 */
export class DeliveryFailed extends BotError {
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly answer: string | undefined;

  /**
   * Whether the failure may pass within minutes by itself; otherwise a person has to look at a token, a URL
   * or a proxy.
   */
  readonly isPassing: boolean;

  constructor(message: string, { permanent = false, retryAfterMs, status, answer, isPassing }: Details = {}) {
    super(message);
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
