const parts = /^([a-z]+:\/\/)([^/?#]*@)?([^/?#]*)(.*)$/is;
const hostAndPort = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?/i;
const punctuation = /^[),.;:!\]}]*$/;

/** What the redactor takes for a URL: up to the first character that no URL has, or that ends a quotation. */
export const urlSource = '(?:https?|wss?):\\/\\/[^\\s"\'<>\\\\`\\u0000-\\u001f]+';

/** Whether the redactor's match is a URL and not a secret it knows. */
export function isUrl(match: string): boolean {
  return /^(?:https?|wss?):\/\//i.test(match);
}

export const redacted = '[redacted]';

/**
 * A URL with nothing left but scheme, host and port: providers put keys into user names, paths and queries.
 * Where it is not certain which part is the host, that goes too.
 */
export function redactUrl(url: string): string {
  const [, scheme = '', , authority = '', rest = ''] = parts.exec(url) ?? [];
  const host = hostAndPort.exec(authority)?.[0] ?? '';
  const after = authority.slice(host.length);
  // An @ in the path: a password with a slash in it, and what looks like the host is the user's name.
  if (host === '' || !punctuation.test(after) || rest.includes('@')) return `${scheme}${redacted}`;
  if (rest === '' || (rest.startsWith('/') && punctuation.test(rest.slice(1)))) {
    return `${scheme}${host}${after}${rest}`;
  }
  return `${scheme}${host}/${redacted}`;
}
