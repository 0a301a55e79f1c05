import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { withDeadline } from '@service-bots/core/clock';

/** An endpoint's label in texts: its host, with the port where there is one. */
export interface EndpointName {
  label: string;
}

/** Returns the addresses of a host's name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const resolveMs = 3_000;

/** Resolves by the machine's own name service. @throws when it does not know the name, or takes too long */
export const resolveHost: Resolve = async host => {
  const found = await withDeadline(
    lookup(host, { all: true }),
    resolveMs,
    () => new Error(`no answer within ${resolveMs / 1000} s`),
  );
  return found.map(({ address }) => address);
};

/**
 * Decides which endpoints count as one operator's. A lie, a defect or an outage of an operator shows at all
 * of its host names at once, so they cannot confirm each other. In doubt two endpoints count as one. Then no
 * pool is paused, and the bot reports it, rather than pause a healthy pool.
 *
 * - Names under one registrable domain are one operator (`eth.example.com`, `base.example.com`).
 * - Names that resolve to one public address are one machine, regardless of their domains.
 * - In the operator's own network (loopback, private addresses, names without a dot) each address and port is
 *   a separate node: the software behind it cannot be seen from here.
 * - Where the configuration names the operator of each node, only that counts.
 *
 * A node's own version (web3_clientVersion) is no sign either: two operators run the same version, and one
 * operator has several.
 * @param declared the operator of each endpoint, in their order
 */
export async function operatorsOf(
  endpoints: readonly EndpointName[],
  declared: readonly string[] | undefined,
  resolve: Resolve,
): Promise<Map<string, string>> {
  if (declared && declared.length === endpoints.length)
    return new Map(endpoints.map(({ label }, i) => [label, declared[i] as string]));
  const signs = await Promise.all(endpoints.map(endpoint => signsOf(endpoint, resolve)));
  return grouped(endpoints, signs);
}

/** Decides the operators by the names alone. */
export function operatorsByName(
  endpoints: readonly EndpointName[],
  declared: readonly string[] | undefined,
): Map<string, string> {
  if (declared && declared.length === endpoints.length)
    return new Map(endpoints.map(({ label }, i) => [label, declared[i] as string]));
  return grouped(endpoints, endpoints.map(signsByName));
}

/**
 * Gives endpoints with a common sign, also through a third endpoint, the same name: that of the first of
 * them.
 */
function grouped(
  endpoints: readonly EndpointName[],
  signs: readonly (readonly string[])[],
): Map<string, string> {
  const groups: { name: string; signs: Set<string>; labels: string[] }[] = [];
  for (const [i, { label }] of endpoints.entries()) {
    const own = signs[i] ?? [];
    const shared = groups.filter(group => own.some(sign => group.signs.has(sign)));
    const [first = { name: label, signs: new Set<string>(), labels: [] }, ...others] = shared;
    if (shared.length === 0) groups.push(first);
    for (const sign of [...own, ...others.flatMap(group => [...group.signs])]) first.signs.add(sign);
    first.labels.push(label, ...others.flatMap(({ labels }) => labels));
    for (const other of others) groups.splice(groups.indexOf(other), 1);
  }
  return new Map(groups.flatMap(({ name, labels }) => labels.map(label => [label, name] as const)));
}

async function signsOf(endpoint: EndpointName, resolve: Resolve): Promise<string[]> {
  const { host, port } = placeOf(endpoint);
  const byName = signsByName(endpoint);
  if (isIP(host) !== 0) return byName;
  // A name that cannot be resolved now cannot be reached either.
  const addresses = await resolve(host).catch(() => []);
  const byAddress = addresses.map(address => signOfAddress(address, port));
  return isLocalName(host) && byAddress.length > 0 ? byAddress : [...byName, ...byAddress];
}

function signsByName(endpoint: EndpointName): string[] {
  const { host, port } = placeOf(endpoint);
  if (isIP(host) !== 0) return [signOfAddress(host, port)];
  if (host === 'localhost') return [signOfAddress('127.0.0.1', port)];
  return [isLocalName(host) ? `node ${host}:${port}` : `domain ${registrableDomain(host)}`];
}

function placeOf({ label }: EndpointName): { host: string; port: string } {
  // Labels that repeat have a number: `127.0.0.1:8545#2`.
  const { hostname, port } = new URL(`http://${label.replace(/#\d+$/, '')}`);
  return {
    host: hostname
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase(),
    port,
  };
}

function signOfAddress(address: string, port: string): string {
  if (isLoopback(address)) return `node loopback:${port}`;
  return isPrivate(address) ? `node ${address}:${port}` : `address ${address}`;
}

const isLoopback = (address: string) => /^(::ffff:)?127\./.test(address) || address === '::1';
const isPrivate = (address: string) =>
  /^(::ffff:)?(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    address,
  ) || /^f[cd]|^fe80:/i.test(address);

/** Returns whether a host is outside the public network: no dot, or a domain that cannot be registered. */
function isLocalName(host: string): boolean {
  return !host.includes('.') || /\.(local|localhost|internal|lan|home\.arpa|test|svc)$/.test(host);
}

/** Under a country's code these are no names of operators: `example.co.uk`. */
const secondLevels = new Set(['ac', 'co', 'com', 'edu', 'gov', 'net', 'ne', 'or', 'org']);

/** Returns the last two labels of a name, or three: in doubt the shorter, so that more names count as one. */
function registrableDomain(host: string): string {
  const labels = host.split('.');
  const [second = '', top = ''] = labels.slice(-2);
  const isCountry = top.length === 2 && secondLevels.has(second);
  return labels.slice(isCountry ? -3 : -2).join('.');
}
