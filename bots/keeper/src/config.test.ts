import { describe, expect, it } from '@jest/globals';
import { ConfigError, declarations, type Env, loadConfig } from '@service-bots/core/config';
import { keeperConfig } from './config.ts';

const vaultA = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const vaultB = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const key = 'ab'.repeat(32);

/** The operators' settings on mainnet, in their own spelling. */
const typical = {
  RPC_URL: 'https://a.example/key-one',
  RPC_URL_FALLBACK: 'https://b.example/key-two',
  PRIVATE_KEY: `0x${key}`,
  POOL_ADDRESSES_V2: `${vaultA},${vaultB}`,
  POOL_SCHEDULE_V2: `${vaultA}:Wed:13,${vaultB}:Sun:01`,
  KEEPER_INTERVAL_MS: '30000',
  KEEPER_LOW_BALANCE_MON: '0.2',
  KEEPER_ERROR_ALERT_THRESHOLD: '3',
  TELEGRAM_BOT_TOKEN: '123456789:a-token',
  TELEGRAM_CHAT_ID: '-1001234567890',
};

function problems(env: Env): string[] {
  try {
    loadConfig(keeperConfig, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').map(line => line.trim());
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('default: takes a typical mainnet environment as it is', () => {
    const { config, warnings } = loadConfig(keeperConfig, typical);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      POOL_ADDRESSES_V2: [vaultA, vaultB],
      KEEPER_INTERVAL_MS: 30_000,
      KEEPER_LOW_BALANCE_MON: 200_000_000_000_000_000n,
      KEEPER_ERROR_ALERT_THRESHOLD: 3,
      TELEGRAM_CHAT_ID: '-1001234567890',
    });
    expect(config.POOL_SCHEDULE_V2).toEqual(
      new Map([
        [vaultA, { weekday: 3, hour: 13, minute: 0 }],
        [vaultB, { weekday: 0, hour: 1, minute: 0 }],
      ]),
    );
    expect(config.PRIVATE_KEY?.reveal()).toBe(`0x${key}`);
  });

  it('default: nodes and pools are enough', () => {
    const { RPC_URL, POOL_ADDRESSES_V2 } = typical;
    const { config } = loadConfig(keeperConfig, { RPC_URL, POOL_ADDRESSES_V2 });
    expect(config).toMatchObject({
      KEEPER_INTERVAL_MS: 30_000,
      KEEPER_LATE_COMMIT: 'fire',
      KEEPER_ANCHOR_LEAD_SECONDS: 300,
      KEEPER_HOLD_LIMIT_SECONDS: 3_600,
      KEEPER_OVERDUE_SECONDS: 60,
      KEEPER_CLOCK_TOLERANCE_SECONDS: 5,
      KEEPER_LOW_BALANCE_MON: 200_000_000_000_000_000n,
      KEEPER_ERROR_ALERT_THRESHOLD: 3,
      KEEPER_GOVERNANCE_SECONDS: 300,
      DRY_RUN: false,
      MAX_GAS: 3_000_000n,
    });
    expect([config.POOL_SCHEDULE_V2, config.PRIVATE_KEY, config.MAX_FEE_GWEI]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('behavior: takes the names of the operators beside the suite’s own', () => {
    const { config, warnings } = loadConfig(keeperConfig, {
      RPC_URI: typical.RPC_URL,
      POOL_ADDRESSES_V2: vaultA,
      KEEPER_DRY_RUN: '1',
      KEEPER_GAS_LIMIT: '500000',
      KEEPER_MAX_FEE_GWEI: '300',
      KEEPER_MAX_PRIORITY_FEE_GWEI: '2.5',
    });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      DRY_RUN: true,
      MAX_GAS: 500_000n,
      MAX_FEE_GWEI: 300_000_000_000n,
      MAX_PRIORITY_FEE_GWEI: 2_500_000_000n,
    });
  });

  it('behavior: two names for one thing must not differ', () => {
    expect(problems({ ...typical, MAX_GAS: '400000', KEEPER_GAS_LIMIT: '500000' })).toEqual([
      '1 problem with the environment variables:',
      expect.stringMatching(/MAX_GAS.*KEEPER_GAS_LIMIT|KEEPER_GAS_LIMIT.*MAX_GAS/),
    ]);
  });

  it('behavior: lists all mistakes at once, each with a right example', () => {
    const found = problems({
      POOL_ADDRESSES_V2: `${vaultA},0x12`,
      POOL_SCHEDULE_V2: `${vaultA}:Mittwoch:13,${vaultB}:Wed:99`,
      PRIVATE_KEY: 'a secret that is none',
      KEEPER_INTERVAL_MS: '5',
      KEEPER_LOW_BALANCE_MON: 'some',
      KEEPER_LATE_COMMIT: 'wait',
      KEEPER_DRY_RUN: 'perhaps',
      TELEGRAM_BOT_TOKEN: typical.TELEGRAM_BOT_TOKEN,
    });
    expect(found[0]).toBe('11 problems with the environment variables:');
    for (const line of found.slice(1)) expect(line).toMatch(/ Example: [A-Z_0-9]+=\S+/);
    const names = found.slice(1).map(line => line.split(':')[0]);
    expect(names).toEqual([
      'RPC_URL',
      'PRIVATE_KEY',
      'POOL_ADDRESSES_V2',
      'POOL_SCHEDULE_V2',
      'POOL_SCHEDULE_V2',
      'POOL_SCHEDULE_V2',
      'KEEPER_INTERVAL_MS',
      'KEEPER_LATE_COMMIT',
      'KEEPER_LOW_BALANCE_MON',
      'KEEPER_DRY_RUN',
      'TELEGRAM_CHAT_ID',
    ]);
    expect(found.join('\n')).not.toContain('a secret that is none');
  });

  it('behavior: a schedule for a pool that is not driven is a mistake', () => {
    expect(problems({ ...typical, POOL_ADDRESSES_V2: vaultA })).toEqual([
      '1 problem with the environment variables:',
      expect.stringContaining(
        `POOL_SCHEDULE_V2: has an entry for ${vaultB}, which is not in POOL_ADDRESSES_V2`,
      ),
    ]);
  });

  it('behavior: … also where another entry of either list is wrong, and of an entry that is itself wrong', () => {
    const unlisted = (pools: string, schedule: string) =>
      problems({ ...typical, POOL_ADDRESSES_V2: pools, POOL_SCHEDULE_V2: schedule }).filter(line =>
        line.includes(`has an entry for ${vaultB}, which is not in POOL_ADDRESSES_V2`),
      );
    expect(unlisted(vaultA, `${vaultA}:Wodan:13,${vaultB}:Sun:1`)).toHaveLength(1);
    expect(unlisted(`${vaultA},0x12`, `${vaultB}:Sun:1`)).toHaveLength(1);
    expect(unlisted(vaultA, `${vaultB}:Sun:99`)).toHaveLength(1);
    // The pool is in the list, even if its entry is misspelt there.
    expect(unlisted(vaultB.replace('F', 'f'), `${vaultB}:Sun:1`)).toEqual([]);
    expect(unlisted(`${vaultB},${vaultB}`, `${vaultB}:Sun:1`)).toEqual([]);
  });

  it('behavior: rounds that would not be held for their anchor are a mistake', () => {
    expect(problems({ ...typical, KEEPER_HOLD_LIMIT_SECONDS: '299' })).toEqual([
      '1 problem with the environment variables:',
      expect.stringContaining('KEEPER_HOLD_LIMIT_SECONDS: is below KEEPER_ANCHOR_LEAD_SECONDS, 300'),
    ]);
    expect(problems({ ...typical, KEEPER_HOLD_LIMIT_SECONDS: '300' })).toEqual([]);
  });

  it('behavior: a clock that may be as wrong as the lead is long is a mistake', () => {
    expect(problems({ ...typical, KEEPER_CLOCK_TOLERANCE_SECONDS: '300' })).toEqual([
      '1 problem with the environment variables:',
      expect.stringContaining('KEEPER_CLOCK_TOLERANCE_SECONDS: is not below KEEPER_ANCHOR_LEAD_SECONDS, 300'),
    ]);
    expect(problems({ ...typical, KEEPER_CLOCK_TOLERANCE_SECONDS: '299' })).toEqual([]);
  });

  it.each([
    ['KEEPER_MAX_FEE_GWEI', '0'],
    ['KEEPER_MAX_FEE_GWEI', '150000000000'],
    ['KEEPER_MAX_PRIORITY_FEE_GWEI', '0'],
    ['KEEPER_GAS_LIMIT', '0'],
    ['KEEPER_GAS_LIMIT', '300000000000'],
    ['KEEPER_LOW_BALANCE_MON', '0'],
    ['KEEPER_LOW_BALANCE_MON', '200000000000000000'],
    ['KEEPER_INTERVAL_MS', '0'],
    ['KEEPER_OVERDUE_SECONDS', '0'],
    ['KEEPER_CLOCK_TOLERANCE_SECONDS', '0'],
    ['KEEPER_ANCHOR_LEAD_SECONDS', '0'],
    ['KEEPER_ERROR_ALERT_THRESHOLD', '0'],
    ['KEEPER_GOVERNANCE_SECONDS', '0'],
    ['ROUND_TIMEOUT_SECONDS', '0'],
    ['CONFIRMATIONS', '0'],
    ['REPLACE_AFTER_BLOCKS', '0'],
    ['CHAIN_ID', '0'],
  ])('behavior: %s=%s is refused', (name, value) => {
    expect(problems({ ...typical, [name]: value })[1]).toMatch(new RegExp(`^${name}: is (0|below|above)`));
  });

  it('behavior: a separator too many, and an entry a line, are right in every list', () => {
    const { config } = loadConfig(keeperConfig, {
      ...typical,
      RPC_URL: 'https://a.example/k1,\nhttps://b.example/k2,\n',
      RPC_URL_FALLBACK: 'https://c.example/k3,',
      RPC_REQUESTS_PER_SECOND: '10,20,30,',
      POOL_ADDRESSES_V2: `${vaultA},\n${vaultB},\n`,
      POOL_SCHEDULE_V2: `${vaultA}:Wed:13,,${vaultB}:Sun:1,`,
    });
    expect(config.RPC_URL.map(({ label }) => label)).toEqual(['a.example', 'b.example']);
    expect(config.RPC_URL_FALLBACK).toHaveLength(1);
    expect(config.RPC_REQUESTS_PER_SECOND).toEqual([10, 20, 30]);
    expect(config.POOL_ADDRESSES_V2).toEqual([vaultA, vaultB]);
    expect([...(config.POOL_SCHEDULE_V2?.keys() ?? [])]).toEqual([vaultA, vaultB]);
  });

  it('behavior: refuses a key beside a keystore', () => {
    const env = { ...typical, KEYSTORE_FILE: '/run/secrets/keystore.json', KEYSTORE_PASSWORD: 'x' };
    expect(problems(env).join('\n')).toContain('PRIVATE_KEY: is given and KEYSTORE_FILE is too');
  });

  it('behavior: reports a variable name that looks misspelt', () => {
    const { warnings } = loadConfig(keeperConfig, { ...typical, KEEPER_INTERVALL_MS: '10000' });
    expect(warnings).toEqual([expect.stringContaining('KEEPER_INTERVAL_MS')]);
  });

  it.each(declarations(keeperConfig))(
    'behavior: the example of $name is a right value',
    ({ name, example }) => {
      const field = keeperConfig.shape[name as keyof typeof keeperConfig.shape];
      expect(field.safeParse(example).error).toBeUndefined();
    },
  );
});
