import { type HttpReply, httpRequest, retryAfterMs } from '../../http/index.ts';
import { failingClosed, type Plain, redactAll, serialise, withheld } from '../../logger/index.ts';
import { DeliveryFailed } from '../delivery/Channel.ts';

export interface PostOptions {
  /** Removes secrets from a text. */
  redact(text: string): string;
  signal: AbortSignal;
  headers?: Readonly<Record<string, string>>;
  /**
   * The service that answers. Without it, every 2xx status is a success, and no answer counts as a permanent
   * refusal.
   */
  service?: Service;
  /**
   * The part of the body that the service has to get unredacted: a routing key, the action. It is merged over
   * the body after redaction, so no value of it may come from an alert.
   */
  envelope?: { readonly [key: string]: Plain };
}

const mostAnswerBytes = 16_384;
const maxBodyBytes = 262_144;
/** The status is known by then; an answer that does not end is no reason to send the message again. */
const longestAnswerMs = 2_000;
/** The statuses that can be about this very message. */
const refusals = new Set([400, 413, 422]);

/**
 * Posts JSON, from which every secret is removed just before it is sent. A redirection is not followed, since
 * the body would go to another destination than the configured one.
 * @returns the beginning of the answer's body, as it came
 * @throws DeliveryFailed when the service has not confirmed, in its own way, that it has the message. It is
 * permanent only if the service itself refuses this very message for good: any other answer may be a proxy's,
 * or about a token that is being changed. Its text never holds the URL.
 */
export async function post(url: string, body: unknown, options: PostOptions): Promise<string> {
  const { signal, headers = {}, service, envelope = {} } = options;
  const redact = failingClosed(text => options.redact(text));
  const reply = await httpRequest(url, {
    headers,
    body: JSON.stringify(over(redactedBody(body, redact), envelope)),
    signal,
    mostBytes: mostAnswerBytes,
    cutAfterMs: longestAnswerMs,
  }).catch(({ code }: NodeJS.ErrnoException) => {
    // The error holds neither message nor cause, which may quote the URL.
    const shown = typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : '';
    throw new DeliveryFailed(signal.aborted ? 'no answer in time' : `no connection${shown}`);
  });
  const { status } = reply;
  const answer = serviceAnswer(status, reply.body);
  const shown = redact(answer.text);
  if (reply.ok) {
    if (service?.accepts(answer) ?? true) return answer.text;
    const message = `HTTP ${status}, but the answer is not ${service?.name}’s: a proxy or a login page may be in between`;
    throw new DeliveryFailed(message, { status, answer: shown });
  }
  const words = service?.words(answer);
  throw new DeliveryFailed(words === undefined ? `HTTP ${status}` : `HTTP ${status}: ${redact(words)}`, {
    permanent: refusals.has(status) && words !== undefined && service?.isAboutMessage(words, answer) === true,
    retryAfterMs: service?.retryAfterMs?.(answer) ?? pauseIn(reply.headers),
    status,
    answer: shown,
  });
}

/** Redacts each text, and then the whole body as it is sent. */
function redactedBody(body: unknown, redact: (text: string) => string): Plain {
  const plain = serialise(body, maxBodyBytes, redact);
  const text = JSON.stringify(redactAll(plain, redact));
  try {
    return JSON.parse(redact(text)) as Plain;
  } catch {
    // The redacted body is no JSON any more, or the redaction failed: the service still gets the usual shape.
    return redactAll(plain, () => withheld);
  }
}

function over(body: Plain | undefined, envelope: Plain): Plain {
  if (!isRecord(body) || !isRecord(envelope)) return envelope;
  const laid = Object.entries(envelope).map(([key, value]) => [key, over(body[key], value)]);
  return { ...body, ...Object.fromEntries(laid) };
}

function isRecord(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns the pause that a service asks for, in ms. A date is compared with the service's own clock. Rollbar
 * has a header of its own.
 */
function pauseIn(headers: HttpReply['headers']): number | undefined {
  const wanted = headers['retry-after'] ?? headers['x-rate-limit-remaining-seconds'];
  return retryAfterMs(String(wanted ?? ''), Date.parse(headers.date ?? ''));
}

/** The answer of a service over HTTP. */
export interface ServiceAnswer {
  status: number;
  /** The beginning of the body, as it came. */
  text: string;
  /** The body where it is a JSON object. */
  json: Readonly<Record<string, unknown>> | undefined;
}

/** The way in which one service confirms a message, or refuses it for good. */
export interface Service {
  /** The name for people, used in texts. */
  name: string;
  /** Returns whether a body with a 2xx status is this service's acceptance, and not another server's page. */
  accepts(answer: ServiceAnswer): boolean;
  /** Returns the service's own words about an error; undefined where the body is not the service's. */
  words(answer: ServiceAnswer): string | undefined;
  /**
   * Returns whether these words are about this very message, and not about the token, the destination or the
   * account.
   */
  isAboutMessage(words: string, answer: ServiceAnswer): boolean;
  /** Returns the pause that the service's body asks for, in ms. */
  retryAfterMs?(answer: ServiceAnswer): number | undefined;
}

/**
 * Returns the answer with its body parsed.
 * @param text the beginning of a body, which may be cut
 */
export function serviceAnswer(status: number, text: string): ServiceAnswer {
  return { status, text, json: jsonIn(text) };
}

/** Returns whether the body is a page for people, from a captive portal, a login page or a proxy. */
export function isPage({ text }: ServiceAnswer): boolean {
  return /^[\s\uFEFF]*<(?:!doctype|!--|\?xml|(?:a|b|body|br|center|div|font|form|frameset|h[1-6]|head|html|iframe|img|link|main|meta|noscript|p|script|section|span|style|table|title)\b)/i.test(
    text,
  );
}

function jsonIn(text: string): ServiceAnswer['json'] {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
