import { entriesOf } from './entries.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './secret.ts';

/** The address of a node. The URL may hold a key; the label is the form for texts. */
export interface RpcEndpoint {
  /** The host, and the port unless it is the scheme's own. */
  readonly label: string;
  readonly url: Secret;
}

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

/** Parses http(s) URLs of nodes, separated by commas, the preferred one first. */
export function endpointList(): Variable<RpcEndpoint[]> {
  return parsed(text => {
    const endpoints = entriesOf(text).map((entry, index, entries) => {
      const place = entries.length === 1 ? '' : `entry ${index + 1} of ${entries.length} `;
      return endpointOf(entry, ['http', 'https'], place);
    });
    const repeated = repeatedEndpoint(endpoints);
    if (repeated !== undefined) throw new Refusal(`entry ${repeated + 1} repeats an earlier one`);
    return endpoints;
  });
}

/** Parses a ws or wss URL of a node. */
export function wsEndpoint(): Variable<RpcEndpoint> {
  return parsed(text => endpointOf(text, ['ws', 'wss'], ''));
}

/** Returns the index of the first endpoint that repeats an earlier one. */
export function repeatedEndpoint(endpoints: readonly RpcEndpoint[]): number | undefined {
  const urls = endpoints.map(each => new URL(each.url.reveal()).href);
  const index = urls.findIndex((url, at) => urls.indexOf(url) < at);
  return index < 0 ? undefined : index;
}

function endpointOf(text: string, schemes: readonly string[], place: string): RpcEndpoint {
  return { label: parseUrl(text, schemes, place).host, url: new Secret(text) };
}

// Problems name an entry by its place only: in a malformed URL the position of the host is uncertain.
function parseUrl(text: string, schemes: readonly string[], place = ''): URL {
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
