import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bypassesProxy } from './bypassesProxy.ts';

const bypasses = (url: string, noProxy: string) => bypassesProxy(new URL(url), noProxy);

describe('bypassesProxy', () => {
  it.each([
    ['https://rpc.example.com/v2/key', '*'],
    ['https://rpc.example.com', 'other.example, *'],
    ['https://rpc.example.com', 'rpc.example.com'],
    ['https://rpc.example.com', 'RPC.Example.com'],
    ['https://RPC.example.com.', 'rpc.example.com'],
    ['https://rpc.example.com', 'rpc.example.com.'],
    ['https://rpc.example.com', 'a.example,rpc.example.com,b.example'],
    ['https://rpc.example.com', ' a.example \t rpc.example.com '],
    ['https://rpc.example.com', 'example.com'],
    ['https://rpc.example.com', '.example.com'],
    ['https://rpc.example.com', '*.example.com'],
    ['https://a.b.example.com', '.example.com'],
    ['https://rpc.example.com', 'rpc.example.com:443'],
    ['wss://rpc.example.com', 'rpc.example.com:443'],
    ['http://rpc.example.com', '.example.com:80'],
    ['ws://rpc.example.com:8546', 'rpc.example.com:8546'],
    ['http://node:8545', 'node'],
    ['https://bücher.example', 'bücher.example'],
    ['http://10.1.2.3:8545', '10.1.2.3'],
    ['http://10.1.2.3:8545', '10.1.2.3:8545'],
    ['http://10.1.2.3:8545', '10.0.0.0/8'],
    ['http://[2001:db8::1]:8545', '2001:db8::1'],
    ['http://[2001:db8::1]:8545', '2001:0db8:0:0::1'],
    ['http://[2001:db8::1]:8545', '[2001:db8::1]:8545'],
    ['http://[2001:db8::1]:8545', '2001:db8::/32'],
  ])('%s is reached directly with NO_PROXY=%s', (url, noProxy) => {
    expect(bypasses(url, noProxy)).toBe(true);
  });

  it.each([
    ['https://rpc.example.com', ''],
    ['https://rpc.example.com', ' , ,'],
    ['https://rpc.example.com', 'example.org'],
    ['https://rpc.example.com', 'pc.example.com'],
    ['https://badexample.com', 'example.com'],
    ['https://example.com', '.example.com'],
    ['https://example.com', '*.example.com'],
    ['https://example.com.evil.test', 'example.com'],
    ['https://rpc.example.com', 'rpc.example.com:8443'],
    ['http://rpc.example.com', 'rpc.example.com:443'],
    ['https://rpc.example.com', 'https://rpc.example.com'],
    ['https://rpc.example.com', '.'],
    ['https://rpc.example.com', ':443'],
    ['https://rpc.example.com', '0.0.0.0/0'],
    ['http://10.1.2.3:8545', '2.3'],
    ['http://10.1.2.3:8545', '.2.3'],
    ['http://10.1.2.3:8545', '10.1.2.3:80'],
    ['http://11.1.2.3:8545', '10.0.0.0/8'],
    ['http://10.1.2.3:8545', '10.0.0.0/99'],
    ['http://10.1.2.3:8545', '2001:db8::/32'],
    ['http://[2001:db8::1]:8545', '[2001:db8::1]:80'],
    ['http://[2001:db8::1]:8545', '2001:db9::/32'],
  ])('%s is reached through the proxy with NO_PROXY=%s', (url, noProxy) => {
    expect(bypasses(url, noProxy)).toBe(false);
  });

  it.each([
    'http://localhost:8545',
    'http://LOCALHOST.:8545',
    'http://anvil.localhost:8545',
    'ws://127.0.0.1:8546',
    'http://127.9.9.9',
    'http://2130706433',
    'http://[::1]:8545',
    'http://[::ffff:127.0.0.1]:8545',
    'http://0.0.0.0:8545',
    'http://[::]:8545',
  ])('%s is this machine, which no proxy is used for', url => {
    expect(bypasses(url, '')).toBe(true);
  });

  it.each(['http://localhost.example.com', 'http://notlocalhost', 'http://128.0.0.1', 'http://[::2]'])(
    '%s is another machine',
    url => {
      expect(bypasses(url, '')).toBe(false);
    },
  );

  it('returns an answer for any text of NO_PROXY', () => {
    const urls = fc.constantFrom('https://rpc.example.com', 'http://10.1.2.3:8545', 'ws://[2001:db8::1]');
    const entry = fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4Extended(), fc.ipV6(), fc.domain());
    const texts = fc
      .tuple(
        entry,
        fc.constantFrom('', '/8', '/129', '/', ':80', ':', '.'),
        fc.constantFrom('', '[', '*.', '.'),
      )
      .map(([text, end, start]) => `${start}${text}${end}`);
    fc.assert(fc.property(urls, texts, (url, text) => typeof bypasses(url, text) === 'boolean'));
  });
});
