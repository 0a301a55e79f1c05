import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';

let checkout: Checkout;
let vault: string;
let chains = 0;
let deployment: Deployment;
beforeAll(async () => {
  checkout = await openCheckout();
  vault = join(checkout.home, 'vault of a manager');
});
afterAll(() => checkout.remove());
beforeEach(() => {
  chains += 1;
  deployment = new Deployment(checkout, `vault-${chains}`);
  rmSync(vault, { recursive: true, force: true });
  mkdirSync(vault);
});

const key = `0x${'7c'.repeat(32)}`;
const store = (entries: Record<string, string>) => {
  for (const [name, value] of Object.entries(entries)) writeFileSync(join(vault, name), value);
};
/** Like `lpass show`: the entry on standard output, or an error message and exit code 1. */
const command = () => `cat '${vault}/{name}'`;
const fetch = (...flags: string[]) => deployment.setUp(...flags, '--secrets-from', command());

describe('setup-env.sh --secrets-from', () => {
  it('default: fills the folder with the secrets of the chosen bots, each in a file of mode 600', async () => {
    const keystore = '{\n  "version": 3\n}\n';
    store({
      RPC_URL: 'https://node.example/our-key\n',
      CHECKPOINT_BOT_KEY: key,
      PAUSER_KEY: '8d'.repeat(32),
      SLACK_WEBHOOK_URL: 'https://hooks.example/our-path\n',
      checkpoint_HEARTBEAT_URL: 'https://ping.example/our-uuid',
      invariant_KEYSTORE: keystore,
      PRIVATE_KEY: '9e'.repeat(32),
    });
    const { code, all } = await fetch('--service-bots');
    expect(code).toBe(0);
    expect(deployment.secret('RPC_URL')).toBe('https://node.example/our-key');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe(key);
    expect(deployment.secret('PAUSER_KEY')).toBe('8d'.repeat(32));
    expect(deployment.secret('SLACK_WEBHOOK_URL')).toBe('https://hooks.example/our-path');
    expect(deployment.secret('checkpoint_HEARTBEAT_URL')).toBe('https://ping.example/our-uuid');
    expect(deployment.secret('invariant_KEYSTORE')).toBe(keystore.trim());
    // The keeper is not chosen.
    expect(deployment.secret('PRIVATE_KEY')).toBe('');
    for (const name of readdirSync(deployment.secretsFolder)) {
      expect(name).not.toMatch(/draft/);
      expect((statSync(join(deployment.secretsFolder, name)).mode & 0o777).toString(8)).toBe('600');
    }
    expect(all).toContain('fetched CHECKPOINT_BOT_KEY');
    expect(all).not.toContain('still missing');
    for (const value of ['our-key', '7c7c', '8d8d', 'our-path', 'our-uuid', '"version"'])
      expect(all).not.toContain(value);
    const settings = readFileSync(join(checkout.folder, `.env.${deployment.chain}`), 'utf8');
    expect(settings).not.toMatch(/our-key|7c7c|our-path/);
    expect(settings).toContain('\nINVARIANT_KEYSTORE_FILE=/run/secrets/KEYSTORE\n');
  });

  it('behavior: no value is an argument of any process', async () => {
    store({ RPC_URL: 'https://node.example/our-key', CHECKPOINT_BOT_KEY: key, ROLLBAR_API_KEY: 'our-token' });
    const folder = join(checkout.home, 'recorders');
    const calls = join(checkout.home, 'calls');
    mkdirSync(folder);
    // Every command that the script may call, each of which records its arguments before it runs.
    for (const name of 'awk cat chmod cmp cp cut grep head mktemp mv od openssl rm sed sort tail tr'.split(
      ' ',
    ))
      writeFileSync(
        join(folder, name),
        `#!/bin/bash\nprintf '%s\\n' "${name} $*" >>'${calls}'\nPATH=\${PATH#*:} exec ${name} "$@"\n`,
        { mode: 0o755 },
      );
    const recorded = new Deployment(checkout, `vault-${chains}`, { PATH: `${folder}:${process.env.PATH}` });
    expect(await recorded.setUp('--service-bots', '--secrets-from', command())).toMatchObject({ code: 0 });
    expect(recorded.secret('CHECKPOINT_BOT_KEY')).toBe(key);
    const said = readFileSync(calls, 'utf8');
    expect(said).toContain('openssl ec');
    for (const value of ['our-key', '7c7c', 'our-token']) expect(said).not.toContain(value);
  });

  it('behavior: a changed token or URL is replaced, a key never; what is the same is left alone', async () => {
    store({ RPC_URL: 'https://one.example', CHECKPOINT_BOT_KEY: key, ROLLBAR_API_KEY: 'one' });
    await fetch('--service-bots');
    const { mtimeMs } = statSync(join(deployment.secretsFolder, 'RPC_URL'));
    store({ CHECKPOINT_BOT_KEY: 'ab'.repeat(32), ROLLBAR_API_KEY: 'two' });
    const { code, all } = await fetch('--service-bots');
    expect(code).toBe(0);
    expect(deployment.secret('ROLLBAR_API_KEY')).toBe('two');
    expect(all).toContain('replaced ROLLBAR_API_KEY');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe(key);
    expect(all).toMatch(/^CHECKPOINT_BOT_KEY: .* holds another value, which is kept/m);
    expect(statSync(join(deployment.secretsFolder, 'RPC_URL')).mtimeMs).toBe(mtimeMs);
    deployment.putSecret('CHECKPOINT_BOT_KEY', '');
    await fetch('--service-bots');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe('ab'.repeat(32));
  });

  it('behavior: a secret that has two names is asked for under both, and kept under the one that is there', async () => {
    store({ RPC_URI: 'https://node.example', CHECKPOINT_BOT_KEY: key });
    expect((await fetch('--service-bots')).all).not.toContain('still missing');
    expect([deployment.secret('RPC_URL'), deployment.secret('RPC_URI')]).toEqual([
      '',
      'https://node.example',
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['has nothing', {}, 'the command gave no secret; it says: cat: '],
    [
      'gives a key that is none',
      { CHECKPOINT_BOT_KEY: 'our-secret' },
      'CHECKPOINT_BOT_KEY of --secrets-from is not a private key',
    ],
    [
      'gives a page of HTML for a URL',
      { RPC_URL: '<html>our-secret' },
      'RPC_URL of --secrets-from is not a URL',
    ],
    [
      'gives one key for two bots',
      { CHECKPOINT_BOT_KEY: key, PRIVATE_KEY: key.slice(2) },
      'is the key of the checkpoint bot',
    ],
  ])('behavior: a manager that %s ends it with exit code 2', async (_, entries, message) => {
    store(entries);
    const { code, all } = await fetch('--all');
    expect(all).toContain(message);
    expect(all).not.toMatch(/our-secret|7c7c/);
    expect(code).toBe(2);
    expect(readdirSync(deployment.secretsFolder).filter(name => name.includes('draft'))).toEqual([]);
  });

  it.each([
    [['--service-bots', '--secrets-from'], '--secrets-from needs a command'],
    [['--service-bots', '--secrets-from', 'lpass show service-bots'], '{name}'],
    [['--service-bots', '--anvil', '--secrets-from', 'cat {name}'], 'no key, token or URL of a real chain'],
    [['--service-bots', '--fork', '--secrets-from', 'cat {name}'], 'no key, token or URL of a real chain'],
  ])('behavior: %j is refused', async (args, message) => {
    const { code, all } = await new Deployment(
      checkout,
      args.includes('--fork') ? 'fork' : `vault-${chains}`,
    ).setUp(...args);
    expect(all).toContain(message);
    expect(code).toBe(2);
  });
});
