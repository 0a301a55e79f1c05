import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './Secret.ts';

/** Parses an http or https URL that is no secret, and keeps its spelling. */
export function httpUrl(): Variable<string> {
  return parsed(text => {
    parseUrl(text, ['http', 'https']);
    return text;
  });
}

/** Parses a mail server: smtp or smtps, a host, and a port where it is not the scheme's own. */
export function mailServerUrl(): Variable<string> {
  return parsed(text => {
    const { pathname, search, hash } = parseUrl(text, ['smtps', 'smtp']);
    if (!/^\/?$/.test(pathname) || search !== '' || hash !== '')
      throw new Refusal('has something after the host and port');
    return text;
  });
}

/** Parses a secret http or https URL (a ping URL, a webhook). */
export function secretUrl(): Variable<Secret> {
  return parsed(text => {
    parseUrl(text, ['http', 'https']);
    return new Secret(text);
  });
}

/**
 * Parses a URL with one of these schemes.
 * @param place of the entry in a list. Problems name an entry by its place only: in a malformed URL the position
 * of the host is uncertain.
 * @throws Refusal
 */
export function parseUrl(text: string, schemes: readonly string[], place = ''): URL {
  const wanted = schemes.map(scheme => `${scheme}://`).join(' or ');
  if (text === '') throw new Refusal(`${place}is empty`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw new Refusal(`${place}is not a URL beginning with ${wanted}`);
  if (!schemes.includes(scheme)) throw new Refusal(`${place}has a scheme other than ${wanted}`);
  // The parser accepts `https:///key` and a URL with blanks inside, and guesses a host.
  if (/\s|^[^:]*:\/\/\//.test(text) || !URL.canParse(text)) throw new Refusal(`${place}is not a valid URL`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new Refusal(`${place}has a user name or password before the host, which is not supported`);
  }
  return url;
}
