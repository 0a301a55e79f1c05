import { BotError } from '../../errors/index.ts';
import type { Notice } from '../model/alert.ts';

/** A way to deliver notices to people. A channel is independent of any bot, and a bot of any channel. */
export interface Channel {
  /** Short and without secrets: the name appears in logs, files and /status. */
  readonly name: string;
  /** Where the channel sends, if the service may change that: a chat's number. Without secrets. */
  readonly address?: string;
  /** Returns what people have to change, once the service has changed the address. */
  moved?(): string | undefined;
  /** The shortest pause between two deliveries, in ms. @default no pause */
  readonly minIntervalMs?: number;
  /** The number of waiting notices that one delivery may carry (a digest). @default 1 */
  readonly digestUpTo?: number;
  /**
   * Whether a program receives every notice and keeps the history. When absent, notices that a later one of
   * the same alert supersedes are dropped.
   */
  readonly keepsEach?: boolean;
  /** Whether the end of an incident is useless to the channel without its beginning. */
  readonly needsBeginning?: boolean;
  /**
   * Returns whether a notice is for this channel. A channel without this method gets everything but news. The
   * end of an alert that the channel was sent is sent to it without this call.
   */
  wants?(notice: Notice): boolean;
  /** Returns whether the file of owners routes a notice to this channel. @default every notice is routed */
  isRouted?(notice: Notice): boolean;
  /**
   * Resolves once the service has accepted all notices.
   * @param signal aborts when the attempt has taken too long
   * @throws DeliveryFailed; any other error counts as a defect, which a retry would not fix
   */
  deliver(notices: readonly Notice[], signal: AbortSignal): Promise<void>;
}

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
