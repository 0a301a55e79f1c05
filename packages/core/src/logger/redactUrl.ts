const parts = /^([a-z]+:\/\/)([^/?#]*@)?([^/?#]*)(.*)$/is;
const hostAndPort = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?/i;
const punctuation = /^[),.;:!\]}]*$/;

/** The redactor's pattern of a URL: up to the first character that no URL has, or that ends a quotation. */
export const urlSource = '(?:https?|wss?):\\/\\/[^\\s"\'<>\\\\`\\u0000-\\u001f]+';

/** Returns whether the redactor's match is a URL and not a known secret. */
export function isUrl(match: string): boolean {
  return /^(?:https?|wss?):\/\//i.test(match);
}

export const redacted = '[redacted]';

/**
 * Returns a URL with only scheme, host and port: providers put keys into user names, paths and queries. Where
 * it is uncertain which part is the host, the host is removed too.
 */
export function redactUrl(url: string): string {
  const [, scheme = '', , authority = '', rest = ''] = parts.exec(url) ?? [];
  const host = hostAndPort.exec(authority)?.[0] ?? '';
  const after = authority.slice(host.length);
  // With an @ in the path, a password has a slash in it, and the apparent host is the user's name.
  if (host === '' || !punctuation.test(after) || rest.includes('@')) return `${scheme}${redacted}`;
  if (rest === '' || (rest.startsWith('/') && punctuation.test(rest.slice(1)))) {
    return `${scheme}${host}${after}${rest}`;
  }
  return `${scheme}${host}/${redacted}`;
}
