import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { alertVariables } from '../alerts/index.ts';
import {
  ConfigError,
  type Env,
  type LoadOptions,
  loadConfig,
  password,
  rpcVariables,
  runtimeVariables,
  variable,
} from './index.ts';
import { declarations } from './variable.ts';

const schema = z.object({
  ...rpcVariables,
  ...alertVariables,
  ...runtimeVariables,
  PASSPHRASE: variable(password().optional(), { description: 'x', example: 'your-password', secret: true }),
});
const proxyPassword = 'the-password-of-the-proxy';
const proxy = `http://bot:${proxyPassword}@proxy.internal:3128`;
const local = { RPC_URL: 'http://127.0.0.1:8545' };

function refusal(env: Env, options?: LoadOptions): ConfigError | undefined {
  try {
    loadConfig(schema, env, options);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
const refused = (env: Env) => refusal({ ...local, ...env })?.problems.map(each => each.variable);

describe('a proxy variable that applies to a configured host', () => {
  it('is refused in one sentence with the variable, the hosts and the ways out, and without its value', () => {
    const error = refusal({
      RPC_URI: 'https://rpc.example.com/v2/key-one,https://rpc.example.org:8443/key-two',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/secret-path',
      HTTPS_PROXY: proxy,
      NO_PROXY: 'internal.example',
    });
    expect(error?.problems).toEqual([
      {
        variable: 'HTTPS_PROXY',
        problem:
          'names a proxy for rpc.example.com, rpc.example.org:8443, hooks.slack.com (RPC_URI, SLACK_WEBHOOK_URL), but this bot connects to every host directly and supports no proxy: let it connect directly, then unset HTTPS_PROXY for it or add rpc.example.com,rpc.example.org:8443,hooks.slack.com to NO_PROXY',
        example: 'NO_PROXY=rpc.example.com,rpc.example.org:8443,hooks.slack.com',
      },
    ]);
    for (const secret of [proxyPassword, 'proxy.internal', 'key-one', 'secret-path'])
      expect(error?.message).not.toContain(secret);
  });

  it('is refused for a host in a list of names and URLs', () => {
    const named = z.object({
      BOT_URLS: variable(z.string(), { description: 'x', example: 'keeper=http://keeper:8080' }),
    });
    const env = { BOT_URLS: 'keeper=http://127.0.0.1:1,base=http://10.0.0.8:8080', http_proxy: proxy };
    const load = () => loadConfig(named, env);
    expect(load).toThrow('names a proxy for 10.0.0.8:8080 (BOT_URLS)');
    expect(() => loadConfig(named, { ...env, no_proxy: '10.0.0.0/8' })).not.toThrow();
  });

  it.each<[string, Env, string]>([
    ['a node over https', { RPC_URL: 'https://a.example', HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    ['a node over http', { RPC_URL: 'http://a.example', HTTP_PROXY: proxy }, 'HTTP_PROXY'],
    [
      'the second node of two',
      { RPC_URL: `${local.RPC_URL},http://a.example`, HTTP_PROXY: proxy },
      'HTTP_PROXY',
    ],
    ['a fallback node', { RPC_URL_FALLBACK: 'https://a.example', https_proxy: proxy }, 'https_proxy'],
    ['a websocket', { WS_RPC_URL: 'wss://a.example', HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    ['a websocket in clear', { WS_RPC_URL: 'ws://a.example', http_proxy: proxy }, 'http_proxy'],
    ['the heartbeat', { HEARTBEAT_URL: 'https://hc-ping.com/uuid', ALL_PROXY: proxy }, 'ALL_PROXY'],
    [
      'the heartbeat by any scheme',
      { HEARTBEAT_URL: 'http://a.example', all_proxy: 'socks5://b' },
      'all_proxy',
    ],
    ['a channel', { DISCORD_WEBHOOK_URL: 'https://a.example/b', HTTPS_PROXY: 'b:80' }, 'HTTPS_PROXY'],
    [
      'a channel with a default URL',
      { PAGERDUTY_ROUTING_KEY: 'k'.repeat(32), HTTPS_PROXY: proxy },
      'HTTPS_PROXY',
    ],
    ['Rollbar', { ROLLBAR_API_KEY: 'token', HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    [
      'the lower case first',
      { RPC_URL: 'https://a.example', https_proxy: 'b', HTTPS_PROXY: 'c' },
      'https_proxy',
    ],
    ['the scheme first', { RPC_URL: 'https://a.example', HTTPS_PROXY: 'b', ALL_PROXY: 'c' }, 'HTTPS_PROXY'],
    [
      'a port that NO_PROXY leaves out',
      { RPC_URL: 'http://a.example:1', HTTP_PROXY: 'b', NO_PROXY: 'a.example:2' },
      'HTTP_PROXY',
    ],
    [
      'no_proxy wins',
      { RPC_URL: 'http://a.example', HTTP_PROXY: 'b', no_proxy: 'c', NO_PROXY: 'a.example' },
      'HTTP_PROXY',
    ],
  ])('is refused: %s', (_, env, expected) => {
    expect(refused(env)).toEqual([expected]);
  });

  it('is refused beside everything else that is wrong, by its host in a list with a wrong entry too', () => {
    const env = { RPC_URL: 'https://a.example, b.example', LOG_LEVEL: 'loud', HTTPS_PROXY: proxy };
    expect(refused(env)).toEqual(['RPC_URL', 'LOG_LEVEL', 'HTTPS_PROXY']);
  });

  it('each of two variables is a problem of its own', () => {
    const env = {
      RPC_URL: 'http://a.example',
      HEARTBEAT_URL: 'https://b.example',
      HTTP_PROXY: proxy,
      ALL_PROXY: proxy,
    };
    expect(refused(env)).toEqual(['HTTP_PROXY', 'ALL_PROXY']);
  });

  it('names the spelling of NO_PROXY that counts', () => {
    const error = refusal({ RPC_URL: 'https://a.example', HTTPS_PROXY: proxy, no_proxy: 'b.example' });
    expect(error?.problems[0]?.example).toBe('no_proxy=a.example');
  });
});

describe('a proxy variable that applies to no configured host', () => {
  it.each<[string, Env]>([
    ['this machine alone', { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy }],
    ['another scheme', { RPC_URL: 'https://a.example', HTTP_PROXY: proxy }],
    ['an empty variable', { RPC_URL: 'https://a.example', HTTPS_PROXY: '', https_proxy: ' ' }],
    [
      'NO_PROXY with each host',
      { RPC_URL: 'https://a.example,http://b.example', ALL_PROXY: proxy, NO_PROXY: 'a.example,b.example' },
    ],
    ['NO_PROXY with all hosts', { RPC_URL: 'https://a.example', ALL_PROXY: proxy, no_proxy: '*' }],
    ['a channel that is not set', { TELEGRAM_API_URL: 'https://a.example', HTTPS_PROXY: proxy }],
    ['a link', { RUNBOOK_URL: 'https://wiki.example.com', HTTPS_PROXY: proxy }],
    ['a password that looks like a URL', { PASSPHRASE: 'https://correct.horse', HTTPS_PROXY: proxy }],
  ])('is accepted: %s', (_, env) => {
    expect(refused(env)).toBeUndefined();
  });

  it('is accepted by a command that connects to no host', () => {
    const env = { RPC_URL: 'https://a.example', HTTPS_PROXY: proxy };
    expect(refusal(env, { isOffline: true })).toBeUndefined();
  });
});

it('each URL with a default is a link, or names the secret that it is used with', () => {
  const loose = declarations(schema).filter(({ name, example, isLink, onlyWith }) => {
    const hasDefault = schema.shape[name as keyof typeof schema.shape] instanceof z.ZodPrefault;
    return /^(https?|wss?):/.test(example) && hasDefault && !isLink && onlyWith === undefined;
  });
  expect(loose).toEqual([]);
});
