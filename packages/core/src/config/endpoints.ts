import { entriesOf } from './entries.ts';
import { parsed, Refusal, type Variable } from './parsed.ts';
import { Secret } from './secret.ts';

/** Where to reach a node. The URL may hold a key; the label is what texts show. */
export interface RpcEndpoint {
  /** Host, and port unless it is the scheme's own. */
  readonly label: string;
  readonly url: Secret;
}

/** One http or https URL, not secret, as it was written. */
export function httpUrl(): Variable<string> {
  return parsed(text => {
    parseUrl(text, ['http', 'https']);
    return text;
  });
}

/** A mail server: smtp or smtps, a host, and a port where it is not the scheme's own. */
export function mailServerUrl(): Variable<string> {
  return parsed(text => {
    const { pathname, search, hash } = parseUrl(text, ['smtps', 'smtp']);
    if (!/^\/?$/.test(pathname) || search !== '' || hash !== '')
      throw new Refusal('has something after the host and port');
    return text;
  });
}

/** One http or https URL that nobody may see (a ping URL, a webhook). */
export function secretUrl(): Variable<Secret> {
  return parsed(text => {
    parseUrl(text, ['http', 'https']);
    return new Secret(text);
  });
}

/** http(s) URLs of nodes, separated by commas, the preferred one first. */
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

/** One ws or wss URL of a node. */
export function wsEndpoint(): Variable<RpcEndpoint> {
  return parsed(text => endpointOf(text, ['ws', 'wss'], ''));
}

/** The index of the first endpoint that is the same as one before it. */
export function repeatedEndpoint(endpoints: readonly RpcEndpoint[]): number | undefined {
  const urls = endpoints.map(each => new URL(each.url.reveal()).href);
  const index = urls.findIndex((url, at) => urls.indexOf(url) < at);
  return index < 0 ? undefined : index;
}

function endpointOf(text: string, schemes: readonly string[], place: string): RpcEndpoint {
  return { label: parseUrl(text, schemes, place).host, url: new Secret(text) };
}

// Problems name an entry by its place only: of a malformed URL nobody can say which part is the host.
function parseUrl(text: string, schemes: readonly string[], place = ''): URL {
  const wanted = schemes.map(scheme => `${scheme}://`).join(' or ');
  if (text === '') throw new Refusal(`${place}is empty`);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw new Refusal(`${place}is not a URL beginning with ${wanted}`);
  if (!schemes.includes(scheme)) throw new Refusal(`${place}has a scheme other than ${wanted}`);
  // `https:///key` and a URL with blanks inside are accepted by the parser, which guesses a host.
  if (/\s|^[^:]*:\/\/\//.test(text) || !URL.canParse(text)) throw new Refusal(`${place}is not a valid URL`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new Refusal(`${place}has a user name or password before the host, which is not supported`);
  }
  return url;
}
