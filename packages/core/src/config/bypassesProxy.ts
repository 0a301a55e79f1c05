import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'ws:': '80',
  'https:': '443',
  'wss:': '443',
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
// Connecting to the unspecified address reaches this machine.
loopback.addAddress('0.0.0.0', 'ipv4');
loopback.addAddress('::', 'ipv6');

/**
 * Returns whether programs that respect NO_PROXY connect to this URL directly. No standard defines the
 * variable. Its entries are read as Go's `httpproxy` reads them: `example.com` with its subdomains,
 * `.example.com` and `*.example.com` the subdomains alone, an address, a network (`10.0.0.0/8`), each but the
 * network with an optional port, and `*`. This machine is never reached through a proxy.
 * @param noProxy entries, separated by commas or blanks
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const host = plainHost(url.hostname);
  if (isLoopback(host)) return true;
  const port = url.port || defaultPorts[url.protocol];
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return entries.some(entry => entry === '*' || isInNetwork(host, entry) || isNamed(host, port, entry));
}

function isLoopback(host: string): boolean {
  return isIP(host) ? isIn(loopback, host) : host === 'localhost' || host.endsWith('.localhost');
}

function isInNetwork(host: string, entry: string): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const version = isIP(plainHost(address));
  if (version === 0 || !isIP(host) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const network = new BlockList();
  network.addSubnet(plainHost(address), Number(bits), familyOf(version));
  return isIn(network, host);
}

function isNamed(host: string, port: string | undefined, entry: string): boolean {
  // An IPv6 address without brackets has no port.
  const [, name = '', wantedPort] =
    isIP(entry) === 6 ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const wanted = plainHost(name);
  if (isIP(host) || isIP(wanted)) return isSameAddress(host, wanted);
  const isPattern = /^\*?\./.test(wanted);
  const domain = domainToASCII(wanted.replace(/^\*?\./, ''));
  if (domain === '') return false;
  return host.endsWith(`.${domain}`) || (!isPattern && host === domain);
}

/** Compares addresses: the same IPv6 address has several spellings. */
function isSameAddress(host: string, wanted: string): boolean {
  const version = isIP(wanted);
  if (version === 0 || !isIP(host)) return false;
  const list = new BlockList();
  list.addAddress(wanted, familyOf(version));
  return isIn(list, host);
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(isIP(address)));
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** Returns a host without the brackets of an IPv6 address, and without the dot that ends a complete name. */
function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
