import { describe, expect, it } from '@jest/globals';
import { operatorsByName, operatorsOf } from './operators.ts';

/** Returns the grouping of the endpoints by operator: `0,0,1` for two of one operator and one of another. */
const partition = (operators: ReadonlyMap<string, string>, labels: readonly string[]) => {
  const names = [...new Set(labels.map(label => operators.get(label)))];
  return labels.map(label => names.indexOf(operators.get(label))).join();
};
const endpoints = (labels: readonly string[]) => labels.map(label => ({ label }));
const unknownHost = () => Promise.reject(new Error('ENOTFOUND'));

describe('the operators of endpoints', () => {
  it.each<[string, string[], string]>([
    ['two domains', ['eth.alchemy.com', 'mainnet.infura.io'], '0,1'],
    ['two names of one domain', ['eth.alchemy.com', 'base.alchemy.com'], '0,0'],
    ['a domain and a name under it', ['llamarpc.com', 'eth.llamarpc.com'], '0,0'],
    ['two under a country’s second level', ['rpc.one.co.uk', 'rpc.two.co.uk'], '0,1'],
    ['one of them twice', ['a.one.co.uk', 'b.one.co.uk'], '0,0'],
    ['capital letters and a dot at the end', ['ETH.Alchemy.com', 'base.alchemy.com.'], '0,0'],
    ['other ports of one domain', ['rpc.example.org:8545', 'rpc.example.org:8546'], '0,0'],
    ['one public address', ['1.2.3.4:8545', '1.2.3.4:8546'], '0,0'],
    ['two public addresses', ['1.2.3.4', '5.6.7.8'], '0,1'],
    ['two names of one local node', ['localhost:8545', '127.0.0.1:8545'], '0,0'],
    ['two local nodes', ['127.0.0.1:8545', '127.0.0.1:8546'], '0,1'],
    ['the same by IPv6', ['[::1]:8545', 'localhost:8545'], '0,0'],
    ['two nodes of a private network', ['10.0.0.5:8545', '10.0.0.6:8545'], '0,1'],
    ['two containers', ['geth:8545', 'reth:8545'], '0,1'],
    ['labels that repeat', ['127.0.0.1:8545', '127.0.0.1:8545#2'], '0,0'],
    ['three, the first and last of one', ['a.one.com', 'b.two.com', 'c.one.com'], '0,1,0'],
  ])('%s, by their names', (_, labels, expected) => {
    expect(partition(operatorsByName(endpoints(labels), undefined), labels)).toBe(expected);
  });

  it.each<[string, Record<string, string[]>, string]>([
    ['names of one address are one', { 'a.one.com': ['9.9.9.9'], 'b.two.com': ['9.9.9.9'] }, '0,0'],
    [
      'so are those that share one of several',
      { 'a.one.com': ['9.9.9.8', '9.9.9.9'], 'b.two.com': ['9.9.9.9'] },
      '0,0',
    ],
    ['names of different addresses are not', { 'a.one.com': ['9.9.9.8'], 'b.two.com': ['9.9.9.9'] }, '0,1'],
    [
      'a third joins two',
      { 'a.one.com': ['9.9.9.8'], 'b.two.com': ['9.9.9.9'], 'c.three.com': ['9.9.9.8', '9.9.9.9'] },
      '0,0,0',
    ],
    ['two container names of one node are one', { geth: ['172.18.0.5'], node: ['172.18.0.5'] }, '0,0'],
    ['two containers are not', { geth: ['172.18.0.5'], node: ['172.18.0.6'] }, '0,1'],
    [
      'a public name of a local node is that node',
      { 'rpc.one.com': ['127.0.0.1'], localhost: ['127.0.0.1'] },
      '0,0',
    ],
  ])('%s', async (_, hosts, expected) => {
    const labels = Object.keys(hosts);
    const resolve = (host: string) => Promise.resolve(hosts[host] ?? []);
    expect(partition(await operatorsOf(endpoints(labels), undefined, resolve), labels)).toBe(expected);
  });

  it('falls back to the names while the name service is down', async () => {
    const labels = ['a.one.com', 'b.one.com', 'c.two.com', 'geth:8545'];
    expect(partition(await operatorsOf(endpoints(labels), undefined, unknownHost), labels)).toBe('0,0,1,2');
  });

  it('uses only the operators that the configuration names', async () => {
    const labels = ['a.one.com', 'b.one.com', '127.0.0.1:8545', '127.0.0.1:8546'];
    const declared = ['alpha', 'beta', 'own', 'own'];
    expect(partition(await operatorsOf(endpoints(labels), declared, unknownHost), labels)).toBe('0,1,2,2');
  });
});
