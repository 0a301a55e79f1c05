import type { z } from 'zod';
import { bypassesProxy } from './bypassesProxy.ts';
import type { ConfigProblem } from './ConfigError.ts';
import type { Env, RawValue } from './resolveRaw.ts';
import { type Declaration, declarations, defaultTextOf } from './variable.ts';

/** A host that the process connects to by its configuration. */
interface Destination {
  readonly url: URL;
  /** The operator's name of the variable that holds the URL. */
  readonly source: string;
}

/** The variables that name a proxy, by the scheme of the URLs that they are for, the winning one first. */
const proxyNames: Readonly<Record<string, readonly string[]>> = {
  'http:': ['HTTP_PROXY', 'ALL_PROXY'],
  'ws:': ['HTTP_PROXY', 'ALL_PROXY'],
  'https:': ['HTTPS_PROXY', 'ALL_PROXY'],
  'wss:': ['HTTPS_PROXY', 'ALL_PROXY'],
};

/**
 * Returns one problem for each proxy variable that applies to a configured host. Every connection is made
 * directly. Where only the proxy leads out, no node is read and no alert is delivered, so the start is
 * refused instead. A proxy's own URL may hold a password and is never quoted.
 * @param raw the raw value of each variable of the schema, by canonical name
 */
export function proxyProblems(
  schema: z.ZodObject,
  raw: ReadonlyMap<string, RawValue>,
  env: Env,
): ConfigProblem[] {
  const noProxyName = nameIn(env, 'NO_PROXY') ?? 'NO_PROXY';
  const proxied = new Map<string, Destination[]>();
  for (const destination of destinationsIn(schema, raw)) {
    const names = proxyNames[destination.url.protocol] ?? [];
    const name = names.map(each => nameIn(env, each)).find(each => each !== undefined);
    if (name === undefined || bypassesProxy(destination.url, env[noProxyName] ?? '')) continue;
    proxied.set(name, [...(proxied.get(name) ?? []), destination]);
  }
  return [...proxied].map(([variable, destinations]) => {
    const hosts = [...new Set(destinations.map(({ url }) => url.host))];
    const sources = [...new Set(destinations.map(({ source }) => source))];
    return {
      variable,
      problem: `names a proxy for ${hosts.join(', ')} (${sources.join(', ')}), but this bot connects to every host directly and supports no proxy: let it connect directly, then unset ${variable} for it or add ${hosts.join(',')} to ${noProxyName}`,
      example: `${noProxyName}=${hosts.join(',')}`,
    };
  });
}

/** Returns the spelling under which a variable is set: the lower case wins, as in curl. */
function nameIn(env: Env, name: string): string | undefined {
  return [name.toLowerCase(), name].find(each => (env[each] ?? '').trim() !== '');
}

function destinationsIn(schema: z.ZodObject, raw: ReadonlyMap<string, RawValue>): Destination[] {
  return declarations(schema).flatMap(declaration => {
    if (declaration.isLink || !holdsUrls(declaration) || isUnused(declaration, raw)) return [];
    const own = raw.get(declaration.name);
    const text = own?.value ?? defaultTextOf(schema, declaration) ?? '';
    const source = own?.source ?? declaration.name;
    return urlsIn(text).map(url => ({ url, source }));
  });
}

/**
 * Returns whether a variable holds URLs, by its example. The text of any other variable, such as a password,
 * is not searched for hosts.
 */
function holdsUrls({ example }: Declaration): boolean {
  return urlsIn(example).length > 0;
}

/** Returns whether a URL with a default is unused, because the secret that it needs is not given. */
function isUnused({ onlyWith }: Declaration, raw: ReadonlyMap<string, RawValue>): boolean {
  const other = onlyWith === undefined ? undefined : raw.get(onlyWith);
  return other !== undefined && other.value === undefined;
}

/** In lists, also where each entry has a name: `keeper=http://keeper:8080`. */
function urlsIn(text: string): URL[] {
  const entries = text.split(/[\s,]+/).map(entry => entry.replace(/^[^:/?#=]+=(?=[a-z]+:\/\/)/i, ''));
  return entries.flatMap(entry =>
    /^(https?|wss?):\/\//i.test(entry) && URL.canParse(entry) ? [new URL(entry)] : [],
  );
}
