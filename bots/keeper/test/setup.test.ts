import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getAddress } from 'ethers';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let pool: string;

beforeAll(async () => {
  scene = await openScene([{}]);
  pool = scene.prizePools.pools[0]?.address as string;
});
afterAll(() => scene.close());

const other = '0x2208a2Fe2d08061B2a5ee69A2a3b906B58C17888';
const refusal = async (env: Record<string, string>) => {
  const keeper = await scene.startKeeper(env);
  expect(await keeper.exited).toEqual({ code: 78, signal: null });
  return keeper.output;
};

const unlisted = getAddress(`0x${'dd'.repeat(20)}`);
/** Returns the address with one letter in the wrong case. */
const miscased = (address: string) =>
  address.replace(/(?<=^0x\d*)[a-f]/i, letter =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

describe('a wrong configuration is reported in one message, and the process ends with 78', () => {
  it.each([
    ['a schedule of a pool that is not in the list', `${other}:Wed:13`, `has an entry for ${other}`],
    ['two schedules of one pool', `POOL:Wed:13,POOL:Sun:1`, 'repeats'],
    ['a weekday that is none', 'POOL:Wodan:13', 'has no weekday of Sun, Mon, Tue, Wed, Thu, Fri, Sat'],
    ['an hour that is none', 'POOL:Wed:24', 'has no hour from 0 to 23 (UTC)'],
    ['a minute that is none', 'POOL:Wed:13:60', 'has no minute from 0 to 59 (UTC)'],
    ['an entry without an hour', 'POOL:Wed', 'is not address:weekday:hour'],
  ])('%s', async (_, schedule, problem) => {
    const output = await refusal({ POOL_SCHEDULE_V2: schedule.replaceAll('POOL', pool) });
    expect(output).toContain('POOL_SCHEDULE_V2');
    expect(output).toContain(problem);
  });

  it('an address with a wrong checksum, and a repeated address', async () => {
    expect(await refusal({ POOL_ADDRESSES_V2: miscased(pool) })).toMatch(/POOL_ADDRESSES_V2.*checksum/);
    expect(await refusal({ POOL_ADDRESSES_V2: `${pool},${pool.toLowerCase()}` })).toMatch(
      /POOL_ADDRESSES_V2.*repeats/,
    );
  });

  it('everything that the environment gets wrong at once', async () => {
    const output = await refusal({
      RPC_URL: 'ftp://node',
      POOL_ADDRESSES_V2: '0x12',
      POOL_SCHEDULE_V2: 'Wed:13',
      KEEPER_LATE_COMMIT: 'perhaps',
      KEEPER_INTERVAL_MS: '30s',
      PRIVATE_KEY: '0x1234',
    });
    for (const name of ['RPC_URL', 'POOL_ADDRESSES', 'POOL_SCHEDULE', 'KEEPER_LATE', 'KEEPER_INT', 'PRIVATE'])
      expect(output).toContain(name);
  });

  it('all addresses that are no pools on this chain at once', async () => {
    const output = await refusal({ POOL_ADDRESSES_V2: `${pool},${other},${scene.prizePools.stakedToken}` });
    expect(output).toContain(`there is no contract at ${other} on monad (chain 143)`);
    expect(output).toContain(
      `the contract at ${scene.prizePools.stakedToken} does not answer nextExecutable()`,
    );
    expect(output).not.toContain(`contract at ${pool}`);
  });

  it('mistakes in the environment, and mistakes that only the chain shows, at once', async () => {
    const withoutCode = getAddress(`0x${'ee'.repeat(20)}`);
    const { stakedToken } = scene.prizePools;
    const output = await refusal({
      POOL_ADDRESSES_V2: `${pool},${pool},${miscased(other)},${withoutCode},${stakedToken}`,
      POOL_SCHEDULE_V2: `${pool}:Wodan:13,${unlisted}:Sun:1`,
    });
    const message = output.slice(output.indexOf('problems with the environment variables:'));
    for (const problem of [
      `POOL_ADDRESSES_V2: entry 2 repeats ${pool}`,
      'POOL_ADDRESSES_V2: entry 3 has a wrong checksum',
      `POOL_ADDRESSES_V2: there is no contract at ${withoutCode} on monad (chain 143)`,
      `POOL_ADDRESSES_V2: the contract at ${stakedToken} does not answer nextExecutable()`,
      'POOL_SCHEDULE_V2: entry 1 has no weekday',
      `POOL_SCHEDULE_V2: has an entry for ${unlisted}, which is not in POOL_ADDRESSES_V2`,
    ])
      expect(message).toContain(problem);
    expect(message).not.toContain(`contract at ${pool}`);
  });

  it('mistakes in the environment, where no node can be asked about the rest', async () => {
    const output = await refusal({ RPC_URL: 'http://127.0.0.1:9', POOL_SCHEDULE_V2: `${pool}:Wodan:13` });
    expect(output).toContain('POOL_SCHEDULE_V2: entry 1 has no weekday');
    expect(output).toContain('the chain could not be asked about the rest of the set-up');
  });

  it('no key, and no pools', async () => {
    expect(await refusal({ PRIVATE_KEY: '' })).toContain('PRIVATE_KEY: is not set: on monad (chain 143)');
    expect(await refusal({ POOL_ADDRESSES_V2: '' })).toContain('POOL_ADDRESSES_V2: is not set');
  });

  it('no key, and a variable that is wrong, at once', async () => {
    const output = await refusal({ PRIVATE_KEY: '', KEEPER_INTERVAL_MS: '30s' });
    expect(output).toContain('2 problems with the environment variables:');
    expect(output).toMatch(/PRIVATE_KEY: is not set: on monad \(chain 143\) .* or KEEPER_DRY_RUN=true/);
    expect(output).toContain('KEEPER_INTERVAL_MS: is not a whole number of milliseconds');
  });

  it('no key, and no node that shows whether a key is needed, at once', async () => {
    const output = await refusal({ PRIVATE_KEY: '', RPC_URL: '' });
    expect(output).toContain('RPC_URL: is not set');
    expect(output).toContain('PRIVATE_KEY: is not set: on all but a local development chain');
  });

  it('no key, and nodes of another chain, at once', async () => {
    const output = await refusal({ PRIVATE_KEY: '', CHAIN_ID: '1' });
    expect(output).toContain('serves chain 143, but CHAIN_ID is 1');
    expect(output).toContain('PRIVATE_KEY: is not set');
  });

  it('a keystore that is not there, an owners file that is not, and a variable that is wrong, at once', async () => {
    const output = await refusal({
      PRIVATE_KEY: '',
      KEYSTORE_FILE: '/nowhere/keystore.json',
      KEYSTORE_PASSWORD: 'any password',
      OWNERS_FILE: '/nowhere/owners.yaml',
      KEEPER_INTERVAL_MS: '30s',
    });
    expect(output).toContain('KEYSTORE_FILE: /nowhere/keystore.json cannot be read (ENOENT)');
    expect(output).toContain('OWNERS_FILE: ');
    expect(output).toContain('KEEPER_INTERVAL_MS: is not a whole number of milliseconds');
    expect(output).not.toContain('PRIVATE_KEY: is not set');
  });

  it('confirmations that take too long, and an address that is no pool, at once', async () => {
    const output = await refusal({
      CONFIRMATIONS: '100',
      ROUND_TIMEOUT_SECONDS: '20',
      POOL_ADDRESSES_V2: `${pool},${other}`,
    });
    expect(output).toContain('CONFIRMATIONS: 100 blocks take about 40 s on monad');
    expect(output).toContain('POOL_ADDRESSES_V2: there is no contract at 0x2208');
  });

  it('no key is no problem in a dry run, nor a key whose own value is the problem a missing one', async () => {
    const wrong = { KEEPER_INTERVAL_MS: '30s' };
    expect(await refusal({ ...wrong, PRIVATE_KEY: '', DRY_RUN: 'true' })).not.toContain('PRIVATE_KEY');
    const output = await refusal({ ...wrong, PRIVATE_KEY: '0x1234' });
    expect(output).toContain('PRIVATE_KEY: is not a private key');
    expect(output).not.toContain('PRIVATE_KEY: is not set');
  });

  it('no key, and an address that is no pool, at once', async () => {
    const output = await refusal({ PRIVATE_KEY: '', POOL_ADDRESSES_V2: `${pool},${other}` });
    expect(output).toMatch(/PRIVATE_KEY: is not set: .* POOL_ADDRESSES_V2: there is no contract at 0x2208/s);
  });
});
