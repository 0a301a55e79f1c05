import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { alertVariables } from '../alerts/index.ts';
import {
  address,
  addressList,
  ConfigError,
  distinctEndpoints,
  type Env,
  endpointsOf,
  loadConfig,
  oneSigner,
  rpcVariables,
  runtimeVariables,
  signerVariables,
  transactionVariables,
  variable,
} from './index.ts';
import { declarations } from './variable.ts';

const registry = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const schema = z
  .object({
    ...rpcVariables,
    ...signerVariables('CHECKPOINT_BOT_KEY'),
    ...transactionVariables,
    ...runtimeVariables,
    ...alertVariables,
    REGISTRY_ADDRESS: variable(address(), { description: 'Address of the registry', example: registry }),
    POOL_ADDRESSES_V2: variable(addressList().optional(), { description: 'Pools', example: registry }),
  })
  .check(distinctEndpoints, oneSigner('CHECKPOINT_BOT_KEY'));

const key = 'ab'.repeat(32);
const right = { RPC_URL: 'https://a.example/v2/key-one', REGISTRY_ADDRESS: registry };
const without = (name: keyof typeof right) =>
  Object.fromEntries(Object.entries(right).filter(([each]) => each !== name));

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'load-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function fileWith(content: string, name = 'secret'): string {
  writeFileSync(join(cwd, name), content, { mode: 0o600 });
  return name;
}

function failure(env: Env): ConfigError {
  try {
    loadConfig(schema, env, { cwd });
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const problems = (env: Env) => failure(env).problems.map(each => `${each.variable} ${each.problem}`);

describe('loadConfig', () => {
  it('default', () => {
    const { config, secrets, warnings } = loadConfig(schema, {
      RPC_URI: 'https://a.example/v2/key-one, http://localhost:8545',
      RPC_URL_FALLBACK: 'https://b.example/key-two',
      CHECKPOINT_BOT_KEY: key,
      REGISTRY_ADDRESS: registry.toLowerCase(),
      MAX_FEE_GWEI: '2.5',
      ROLLBAR_KEY: 'x',
      ROLLBAR_APIKEY: 'x',
    });
    expect(config.REGISTRY_ADDRESS).toBe(registry);
    expect(config.CHECKPOINT_BOT_KEY?.reveal()).toBe(`0x${key}`);
    expect(config.MAX_FEE_GWEI).toBe(2_500_000_000n);
    expect(config.CHAIN_ID).toBeUndefined();
    expect(config).toMatchObject({
      CONFIRMATIONS: 1,
      REPLACE_AFTER_BLOCKS: 3,
      MAX_GAS: 3_000_000n,
      DRY_RUN: false,
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'auto',
      STATUS_HOST: '127.0.0.1',
      STATE_DIR: './state',
      ROUND_TIMEOUT_SECONDS: 120,
    });
    expect(endpointsOf(config).map(each => each.label)).toEqual(['a.example', 'localhost:8545', 'b.example']);
    expect(JSON.stringify(config.RPC_URL)).not.toContain('key-one');
    expect(secrets).toEqual(expect.arrayContaining([key, `0x${key}`, 'https://b.example/key-two']));
    expect(warnings).toEqual(['ROLLBAR_APIKEY is not a variable of this bot; did you mean ROLLBAR_API_KEY?']);
  });

  it('behavior: every problem is named at once, each with an example', () => {
    const error = failure({
      RPC_URL_FALLBACK: 'ftp://b.example/key-two',
      CHECKPOINT_BOT_KEY: 'abc',
      KEYSTORE_FILE: '/k.json',
      KEYSTORE_PASSWORD_FILE: './missing',
      CONFIRMATIONS: 'many',
      REGISTRY_ADDRESS: registry.replace('F', 'f'),
    });
    expect(error.message.split('\n')).toEqual([
      '7 problems with the environment variables:',
      expect.stringMatching(/^ {2}RPC_URL: is not set\. Example: RPC_URL=https:\/\//),
      expect.stringMatching(
        /^ {2}RPC_URL_FALLBACK: has a scheme other than http:\/\/ or https:\/\/\. Example: /,
      ),
      expect.stringMatching(/^ {2}CHECKPOINT_BOT_KEY: is not a private key: 3 hex digits instead of 64\. /),
      expect.stringMatching(
        /^ {2}CHECKPOINT_BOT_KEY: is given and KEYSTORE_FILE is too: leave one of them out\. /,
      ),
      expect.stringMatching(
        /^ {2}KEYSTORE_PASSWORD_FILE: points at a file that cannot be read \(ENOENT\)\. /,
      ),
      '  CONFIRMATIONS: is not a whole number (it is "many"). Example: CONFIRMATIONS=2',
      expect.stringMatching(
        /^ {2}REGISTRY_ADDRESS: has a wrong checksum: .*0x5fbDB.*\. Example: REGISTRY_ADDRESS=0x/,
      ),
    ]);
  });

  it('behavior: an empty value is no value', () => {
    expect(problems({ ...right, RPC_URL: '' })).toEqual(['RPC_URL is not set']);
    expect(loadConfig(schema, { ...right, CONFIRMATIONS: '  ', RPC_URI: '' }).config.CONFIRMATIONS).toBe(1);
  });

  it('behavior: one value under two names is fine, two values are not', () => {
    expect(loadConfig(schema, { ...right, RPC_URI: right.RPC_URL }).config.RPC_URL).toHaveLength(1);
    expect(problems({ ...right, RPC_URI: 'https://other.example' })).toEqual([
      'RPC_URI means the same as RPC_URL and has another value: leave one of them out',
    ]);
  });

  it('behavior: a problem is reported under the name the operator used', () => {
    expect(problems({ ...without('RPC_URL'), RPC_URI: 'nonsense' })).toEqual([
      'RPC_URI is not a URL beginning with http:// or https://',
    ]);
  });

  it('behavior: a secret may come from a file, under each of its names', () => {
    const env = { ...without('RPC_URL'), RPC_URI_FILE: fileWith('https://a.example/from-file\n') };
    const { config, secrets } = loadConfig(schema, env, { cwd });
    expect(config.RPC_URL[0]?.url.reveal()).toBe('https://a.example/from-file');
    expect(secrets).toContain('https://a.example/from-file');
  });

  it('behavior: a value and a file together are refused, even when they agree', () => {
    expect(problems({ ...right, RPC_URL_FILE: fileWith(right.RPC_URL) })).toEqual([
      'RPC_URL_FILE is given and RPC_URL is too: leave one of them out',
    ]);
  });

  it.each([
    ['CHECKPOINT_BOT_KEY', key.slice(1), 'is not a private key: 63 hex digits instead of 64'],
    ['RPC_URL', '/run/secrets/of-mine', 'is not a URL beginning with http:// or https://'],
    ['RPC_URL_FALLBACK', 'ftp://b.example/of-mine', 'has a scheme other than http:// or https://'],
  ])(
    'behavior: a wrong %s in a file is a problem of its content, not of its path',
    (name, content, problem) => {
      const file = fileWith(content);
      const error = failure({ ...right, [name]: undefined, [`${name}_FILE`]: file });
      expect(error.problems).toHaveLength(1);
      expect(error.problems[0]).toMatchObject({
        variable: name,
        problem: `${problem} (in the file ${file})`,
      });
      expect(error.message).not.toContain(content.slice(1, 20));
    },
  );

  it('behavior: what is wrong with a file itself, or with two variables, is told of the file', () => {
    expect(problems({ ...without('RPC_URL'), RPC_URL_FILE: './missing' })).toEqual([
      'RPC_URL_FILE points at a file that cannot be read (ENOENT)',
    ]);
    const both = { CHECKPOINT_BOT_KEY_FILE: fileWith(key), KEYSTORE_FILE: 'k.json', KEYSTORE_PASSWORD: 'p' };
    expect(problems({ ...right, ...both })).toEqual([
      'CHECKPOINT_BOT_KEY_FILE is given and KEYSTORE_FILE is too: leave one of them out',
    ]);
  });

  it('behavior: a keystore needs its password, and a password its keystore', () => {
    expect(problems({ ...right, KEYSTORE_FILE: 'k.json' })).toEqual([
      'KEYSTORE_PASSWORD is not set, and KEYSTORE_FILE needs it',
    ]);
    expect(problems({ ...right, KEYSTORE_PASSWORD: 'p' })).toEqual([
      'KEYSTORE_FILE is not set, and KEYSTORE_PASSWORD is for it',
    ]);
    const { config } = loadConfig(schema, { ...right, KEYSTORE_FILE: 'k.json', KEYSTORE_PASSWORD: ' p ' });
    expect(config.KEYSTORE_PASSWORD?.reveal()).toBe(' p ');
  });

  it('behavior: a fallback that repeats a primary endpoint is refused', () => {
    expect(problems({ ...right, RPC_URL_FALLBACK: right.RPC_URL, CONFIRMATIONS: 'x' })).toEqual([
      'RPC_URL_FALLBACK repeats an endpoint of RPC_URL',
      'CONFIRMATIONS is not a whole number (it is "x")',
    ]);
    const named = { ...without('RPC_URL'), RPC_URI: right.RPC_URL, RPC_URL_FALLBACK: right.RPC_URL };
    expect(problems(named)).toEqual(['RPC_URL_FALLBACK repeats an endpoint of RPC_URI']);
    const [endpoint] = loadConfig(schema, right).config.RPC_URL;
    if (endpoint === undefined) throw new Error('no endpoint');
    expect(() => endpointsOf({ RPC_URL: [endpoint], RPC_URL_FALLBACK: [endpoint] })).toThrow(ConfigError);
  });

  it('behavior: what nodes take is one figure for all of them, or one for each', () => {
    const urls = { ...right, RPC_URL_FALLBACK: 'https://b.example/key-two' };
    const given = { RPC_REQUESTS_PER_SECOND: '50, 5', RPC_LOG_RANGE: '500' };
    const { config } = loadConfig(schema, { ...urls, ...given });
    expect(endpointsOf(config).map(({ allowance }) => allowance)).toEqual([
      { requestsPerSecond: 50, batchSize: 2_500, logRange: 500 },
      { requestsPerSecond: 5, batchSize: 2_500, logRange: 500 },
    ]);
  });

  it('behavior: a list of figures with too few or too many of them is refused', () => {
    const urls = { ...right, RPC_URL_FALLBACK: 'https://b.example/key-two,https://c.example/key-three' };
    expect(problems({ ...urls, RPC_BATCH_SIZE: '100,20', RPC_LOG_RANGE: '1,2,3,4' })).toEqual([
      'RPC_BATCH_SIZE has 2 figures for 3 URLs of RPC_URL and RPC_URL_FALLBACK: give one for all, or 3 (it is "100,20")',
      'RPC_LOG_RANGE has 4 figures for 3 URLs of RPC_URL and RPC_URL_FALLBACK: give one for all, or 3 (it is "1,2,3,4")',
    ]);
    expect(problems({ ...right, RPC_BATCH_SIZE: '100,20' })).toEqual([
      'RPC_BATCH_SIZE has 2 figures for 1 URL of RPC_URL and RPC_URL_FALLBACK: give one (it is "100,20")',
    ]);
    expect(problems({ ...urls, RPC_BATCH_SIZE: '100,many,20' })).toEqual([
      'RPC_BATCH_SIZE entry 2 of 3 is not a whole number (digits only; a comma separates two numbers) (it is "100,many,20")',
    ]);
    const { config } = loadConfig(schema, urls);
    expect(() => endpointsOf({ ...config, RPC_LOG_RANGE: [1, 2] })).toThrow(ConfigError);
  });

  it('behavior: a secret under a wrong name is not shown either', () => {
    const password = 'short-password';
    const env = { ...right, CHECKPOINT_BOT_KEY: key };
    for (const misplaced of [key, `0x${key}`, 'https://a.example/v2/key', `${'word '.repeat(12)}`]) {
      expect(failure({ ...env, CONFIRMATIONS: misplaced }).message).not.toContain(misplaced.trim());
    }
    const swapped = { ...env, ROLLBAR_API_KEY: password, CONFIRMATIONS: password };
    expect(failure(swapped).message).not.toContain(password);
  });

  it('behavior: messages of foreign schemas cannot leak a secret', () => {
    const leaky = z.object({
      TOKEN: variable(
        z.string().refine(() => false, { error: issue => `bad token ${String(issue.input)}` }),
        { description: 'A token', example: 'abc', secret: true },
      ),
    });
    expect(() => loadConfig(leaky, { TOKEN: 'hunter2hunter2' })).toThrow(/TOKEN: is not valid\. /);
  });

  it('behavior: a refinement of no variable in particular is reported too', () => {
    const pair = z.object({ ...rpcVariables }).refine(() => false, 'does not go together');
    expect(() => loadConfig(pair, right)).toThrow(/configuration: does not go together\.$/);
  });

  it('behavior: no garbage in any secret is ever part of the error', () => {
    const names = declarations(schema).flatMap(each => (each.secret ? [each.name] : []));
    const garbage = fc.oneof(
      fc.string({ minLength: 12, maxLength: 90, unit: 'binary-ascii' }),
      fc.string({ minLength: 12, unit: fc.constantFrom(...'0123456789abcdefxABCDEF') }),
      fc.webUrl({ withQueryParameters: true }).map(url => url.replace('://', '://user:pass@')),
      fc.string({ minLength: 12, unit: fc.constantFrom(...'https:/@,.?%abc123 "') }),
    );
    const parts = (text: string) => text.split(/\s|,/).filter(part => part.length >= 12);
    fc.assert(
      fc.property(fc.constantFrom(...names), garbage, (name, text) => {
        const { message } = failure({ ...right, [name]: text, CONFIRMATIONS: 'x' });
        // Parts of every message, such as the examples, disclose nothing about the value.
        const always = failure({ CONFIRMATIONS: 'x', CHECKPOINT_BOT_KEY: 'x', KEYSTORE_FILE: 'x' }).message;
        for (const part of parts(text)) if (!always.includes(part)) expect(message).not.toContain(part);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['TELEGRAM_BOT_TOKEN', '1:a', 'TELEGRAM_CHAT_ID: is not set, and TELEGRAM_BOT_TOKEN is'],
    ['TELEGRAM_CHAT_ID', '-100', 'TELEGRAM_BOT_TOKEN: is not set, and TELEGRAM_CHAT_ID is'],
  ])('error: %s alone is half of what is needed', (name, value, problem) => {
    expect(failure({ ...right, [name]: value }).problems).toHaveLength(1);
    expect(failure({ ...right, [name]: value }).message).toContain(
      `${problem}: give both or neither. Example: `,
    );
  });

  it('behavior: a schema that is put together wrongly is a mistake of ours, not of the operator', () => {
    expect(() => loadConfig(z.object({ A: z.string() }), {})).toThrow('A was declared without variable(…)');
    const meta = { description: 'x', example: 'x' };
    const clash = z.object({
      KEYSTORE: variable(z.string(), { ...meta, secret: true }),
      KEYSTORE_FILE: variable(z.string(), meta),
    });
    expect(() => loadConfig(clash, {})).toThrow('KEYSTORE_FILE means both KEYSTORE and KEYSTORE_FILE');
  });
});
