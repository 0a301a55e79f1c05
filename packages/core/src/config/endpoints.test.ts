import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { endpointList, wsEndpoint } from './rpcVariables.ts';
import { httpUrl, secretUrl } from './urls.ts';

const problem = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues[0]?.message;

describe('endpointList', () => {
  it('default', () => {
    const endpoints = endpointList().parse('https://a.example/v2/KeY, http://localhost:8545');
    expect(endpoints.map(each => each.label)).toEqual(['a.example', 'localhost:8545']);
    // Keys in URLs are case-sensitive.
    expect(endpoints[0]?.url.reveal()).toBe('https://a.example/v2/KeY');
    expect(inspect(endpoints, { depth: 9 }) + JSON.stringify(endpoints)).not.toContain('KeY');
  });

  it.each(['https://a.example/k,https://b.example/k,', 'https://a.example/k,\n https://b.example/k\n'])(
    'behavior: %j names two nodes',
    text => {
      expect(
        endpointList()
          .parse(text)
          .map(({ label }) => label),
      ).toEqual(['a.example', 'b.example']);
    },
  );

  it.each([
    [',', 'has no entry, only separators'],
    ['a.example/key', 'is not a URL beginning with http:// or https://'],
    ['https:a.example/key', 'is not a URL beginning with http:// or https://'],
    ['wss://a.example/key', 'has a scheme other than http:// or https://'],
    ['https:///key', 'is not a valid URL'],
    ['https://a.example:99999/key', 'is not a valid URL'],
    ['https://a.example/ke y', 'is not a valid URL'],
    ['https://user:key@a.example', 'has a user name or password before the host, which is not supported'],
    ['https://a.example/key,https://A.example:443/key', 'entry 2 repeats an earlier one'],
  ])('behavior: %j is refused without saying the key', (text, expected) => {
    expect(problem(endpointList(), text)).toBe(expected);
  });
});

describe('other URLs', () => {
  it('default', () => {
    expect(wsEndpoint().parse('wss://a.example/key').label).toBe('a.example');
    expect(httpUrl().parse('http://127.0.0.1:9300/api/1/item/')).toBe('http://127.0.0.1:9300/api/1/item/');
    expect(String(secretUrl().parse('https://hc-ping.com/uuid'))).toBe('[secret]');
  });

  it('behavior: http is not taken for a websocket', () => {
    expect(problem(wsEndpoint(), 'https://a.example')).toBe('has a scheme other than ws:// or wss://');
  });
});
