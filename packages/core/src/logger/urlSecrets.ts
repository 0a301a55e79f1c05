// `v2`, `rpc`, `ethereum`, `eth-mainnet`, `8453`: names of things, and hiding them would blank out half a log.
const ordinary = /^(?:v\d+|[a-z_-]{1,15}|\d{1,6})$/i;

/**
 * What is secret in a URL: all of it unless there is nothing but a host, and each part of its path and query
 * that may be a key, because errors show those without the host. Undefined for a text that is no URL.
 */
export function urlSecrets(text: string): string[] | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const decoded = [...url.pathname.split('/').map(decode), ...url.searchParams.values()];
  const parts = [...decoded, decode(url.password)].filter(part => !ordinary.test(part));
  const secrets = parts.filter(part => part !== '');
  return secrets.length === 0 && url.username === '' ? [] : [text, ...secrets];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
