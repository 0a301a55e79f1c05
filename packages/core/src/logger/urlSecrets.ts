import { isUrl } from './redactUrl.ts';

/**
 * Names of chains, of services and of common path segments: hiding these would blank out half a log. Every
 * other part of a path may be a key, also one of letters alone.
 */
const names = new Set(
  `api apis archive artifacts bc beacon bot bots client clients data eth evm ext event events full gateway graphql hc http https hyperdrive
  json jsonrpc l1 l2 node nodes nodereal pool pools public rpc rpcs server service services trace v web ws wss websocket
  chain chains dev devnet local localnet main mainnet test testnet
  arb arb1 arbitrum avalanche avax base berachain blast bnb bsc celo era ethereum fantom fraxtal gnosis goerli holesky
  hoodi ink linea mantle matic mode monad moonbeam nova one op optimism polygon scroll sepolia sonic taiko unichain
  worldchain xdai zkevm zksync zora
  alert alerts enqueue fail hook hooks incoming item items log message notify ping pings start webhook webhooks
  discord healthchecks opsgenie pagerduty rollbar slack telegram
  checkpoint checkpoints invariant invariants keeper keepers lpandarb watchtower watchtowers
  critical debug error info warning
  prod production staging
  false latest true`.split(/\s+/),
);

/**
 * Returns whether a part is `v2`, `eth-mainnet`, `8453`, or a short word such as `head`: keys are longer, and
 * such words occur in every log.
 */
function isName(part: string): boolean {
  return part
    .split(/[-_.]/)
    .every(word => /^(?:v?\d{0,6}|[a-z]{1,5})$/i.test(word) || names.has(word.toLowerCase()));
}

/**
 * Returns the secrets in a URL: each part except the host that may be a key, because errors show such parts
 * without the rest. A whole http or ws URL is not in the result, since the redactor shortens all of these.
 * Undefined for a text that is no URL.
 */
export function urlSecrets(text: string): string[] | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // `?KEY` is a name without a value.
  const queried = [...url.searchParams].map(([name, value]) => value || name);
  const shown = [...[...url.pathname.split('/'), url.hash.slice(1)].map(decode), ...queried];
  // In `projectid:secret` or `KEY.json` only a part is the key, and a node may repeat that part alone.
  const parts = shown.flatMap(part => [part, ...part.split(/[:;=,@.~!]/)]).filter(part => !isName(part));
  const user = [url.username, url.password].map(decode).filter(part => part !== '');
  const secrets = [...new Set([...parts, ...user])];
  return isUrl(text) ? secrets : [text, ...secrets];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
