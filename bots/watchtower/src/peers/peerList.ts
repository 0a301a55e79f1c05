import { eachEntry, entriesOf, parsed, Refusal, Secret, type Variable } from '@service-bots/core/config';
import { namedUrl } from '../namedUrl.ts';

/** Another watchtower. */
export interface Peer {
  /** The name that this watchtower gives to the peer's deployment. */
  readonly name: string;
  /** The URL of its `/api/status`. */
  readonly url: string;
}

const mostPeers = 20;

/** Parses `name=URL` entries, separated by commas. */
export function peerList(): Variable<Peer[]> {
  return parsed(text => {
    const peers: Peer[] = [];
    eachEntry(text, entry => void peers.push(peerOf(entry, peers)), peers);
    if (peers.length > mostPeers) throw new Refusal(`has ${peers.length} entries, more than ${mostPeers}`);
    return peers;
  });
}

function peerOf(entry: string, before: readonly Peer[]): Peer {
  const { name, url: page } = namedUrl(entry);
  // The URL asks for the peer's own deployment only. A peer's peers are asked directly, and two peers would
  // otherwise nest each other for ever.
  const url = `${page.href.replace(/\/$/, '')}/api/status?peers=no`;
  if (before.some(other => other.name === name)) throw new Refusal('repeats the name of an earlier one');
  if (before.some(other => other.url === url)) throw new Refusal('repeats the URL of an earlier one');
  return { name, url };
}

/** The tokens of the peers: a token for each name, or a single one for all. */
export interface PeerTokens {
  readonly all?: Secret;
  readonly byName: Readonly<Record<string, Secret>>;
}

/** Parses a single token, or `name=token` entries separated by commas or line breaks. */
export function peerTokens(): Variable<PeerTokens> {
  return parsed(text => {
    const entries = entriesOf(text);
    if (entries.some(entry => /\s/.test(entry))) throw new Refusal('has a blank in a token');
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && !split(only))
      return { all: new Secret(only), byName: {} };
    const named = entries.map(split);
    const missing = named.indexOf(undefined);
    if (missing >= 0) throw new Refusal(`entry ${missing + 1} is not of the form name=token`);
    return { byName: Object.fromEntries(named.flatMap(each => (each ? [each] : []))) };
  });
}

/** Returns the name and the token of an entry. The `=` at the end of a base64 text separates nothing. */
function split(entry: string): [string, Secret] | undefined {
  const [, name, token] = /^([a-z0-9-]{1,40})=([^=].*)$/.exec(entry) ?? [];
  return name === undefined || token === undefined ? undefined : [name, new Secret(token)];
}

export function tokenFor({ name }: Peer, tokens: PeerTokens | undefined): string | undefined {
  return (tokens?.byName[name] ?? tokens?.all)?.reveal();
}
