import { isUrl } from './redactUrl.ts';

// `v2`, `rpc`, `ethereum`, `eth-mainnet`, `8453`: names of things, and hiding them would blank out half a log.
const ordinary = /^(?:v\d+|[a-z_-]{1,15}|\d{1,6})$/i;

/**
 * What is secret in a URL: each part of it but the host that may be a key, because errors show those without
 * the rest. A whole http or ws URL is not in the answer, for the redactor shortens all of these.
 * Undefined for a text that is no URL.
 */
export function urlSecrets(text: string): string[] | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const encoded = [...url.pathname.split('/'), url.hash.slice(1), url.username, url.password];
  const parts = [...encoded.map(decode), ...url.searchParams.values()].filter(part => !ordinary.test(part));
  return isUrl(text) ? parts : [text, ...parts];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
