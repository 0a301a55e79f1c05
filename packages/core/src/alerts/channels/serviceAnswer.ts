/** What a service answered over HTTP. */
export interface ServiceAnswer {
  status: number;
  /** The beginning of the body, as it came. */
  text: string;
  /** The body where it is a JSON object. */
  json: Readonly<Record<string, unknown>> | undefined;
}

/** How one service says that it has a message, and that it will never take it. */
export interface Service {
  /** As people call it, for texts. */
  name: string;
  /** Whether a body with a status in the two hundreds is this service's acceptance, and no other server's page. */
  accepts(answer: ServiceAnswer): boolean;
  /** The service's own words about an error; undefined where the body is not the service's. */
  words(answer: ServiceAnswer): string | undefined;
  /** Whether such words are about this very message, and not about the token, the destination or the account. */
  isAboutMessage(words: string, answer: ServiceAnswer): boolean;
  /** How long the service wants to be left alone, where its body says so. */
  retryAfterMs?(answer: ServiceAnswer): number | undefined;
}

/** @param text the beginning of a body, which may be cut */
export function serviceAnswer(status: number, text: string): ServiceAnswer {
  return { status, text, json: jsonIn(text) };
}

/** Whether a server that speaks to programs would not have written it: a captive portal, a login page, a proxy. */
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
