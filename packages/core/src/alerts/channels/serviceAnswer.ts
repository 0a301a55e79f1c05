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
