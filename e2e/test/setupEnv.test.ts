import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { outcomeOf, run } from '../src/run.ts';

let checkout: Checkout;
beforeAll(async () => {
  checkout = await openCheckout();
});
afterAll(() => checkout.remove());

const settingsOf = ({ chain }: Deployment) => readFileSync(join(checkout.folder, `.env.${chain}`), 'utf8');
const forkSettings = () => join(checkout.folder, '.env.fork');
const replaceIn = (path: string, what: string, by: string) =>
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(what, by));
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('setup-env.sh', () => {
  it.each([
    [[], 'say what to run'],
    [['--everything'], 'there is no --everything'],
    [['--lpandarb'], 'there is no such bot yet'],
    [['--service-bots', '--anvil', '--fork'], '--anvil or --fork, not both'],
    [['--chain', '../up', '--keeper'], 'is not a name'],
    [['--chain', 'example', '--keeper'], 'example is taken'],
    [['--chain', 'default', '--keeper'], 'default is taken'],
    [['--chain', 'fork', '--anvil'], 'fork is the name of a fork'],
    [['--chain', 'base', '--fork'], 'has settings of its own, .env.fork'],
    [['--keeper'], 'SECRETS_DIR: secrets has to begin with a slash', { SECRETS_DIR: 'secrets' }],
    [['--keeper'], 'leave out the dots', { SECRETS_DIR: '/tmp/../secrets' }],
    [['--keeper'], 'is inside the repository', { SECRETS_DIR: 'HERE/secrets' }],
    [['--keeper'], 'is inside the repository', { SECRETS_DIR: 'HERE-linked/not/yet' }],
  ])(
    '%j is refused with exit code 2, and nothing is written: %s',
    async (args, message, variables: Readonly<Record<string, string>> = {}) => {
      rmSync(`${checkout.folder}-linked`, { force: true });
      symlinkSync(checkout.folder, `${checkout.folder}-linked`);
      const here = Object.entries(variables).map(([name, value]) => [
        name,
        value.replace('HERE', checkout.folder),
      ]);
      const env = { SERVICE_BOTS_HOME: checkout.home, ...Object.fromEntries(here) };
      const { code, all } = await outcomeOf('./setup-env.sh', args, { cwd: checkout.folder, env });
      expect(all).toContain(message);
      expect(code).toBe(2);
      expect(await run('git', ['status', '--short', '--ignored'], { cwd: checkout.folder })).toBe('');
    },
  );

  it('--help tells every flag', async () => {
    const { code, stdout } = await outcomeOf('./setup-env.sh', ['--help'], { cwd: checkout.folder });
    expect(code).toBe(0);
    for (const flag of ['--service-bots', '--keeper', '--lpandarb', '--all', '--anvil', '--fork', '--chain'])
      expect(stdout).toContain(flag);
  });

  it('writes the variables of what is chosen, and makes a folder of secrets that only the bots read', async () => {
    const deployment = new Deployment(checkout, 'fresh');
    const { code, stdout } = await deployment.setUp('--service-bots');
    expect(code).toBe(0);
    for (const missing of ['RPC_URL', 'CHECKPOINT_BOT_KEY'])
      expect(stdout).toContain(join(deployment.secretsFolder, missing));
    const settings = settingsOf(deployment);
    expect(settings).toContain('COMPOSE_PROFILES=checkpoint,invariant\n');
    expect(settings).toContain('# WAITING_PERIOD=0.5');
    expect(settings).not.toContain('POOL_ADDRESSES_V2');
    expect(modeOf(join(checkout.folder, '.env.fresh'))).toBe('600');
    expect(modeOf(deployment.secretsFolder)).toBe('700');
    expect(modeOf(join(deployment.secretsFolder, 'CHECKPOINT_BOT_KEY'))).toBe('600');
  });

  it('keeps every line there is, and adds what is missing; run twice it changes nothing', async () => {
    const deployment = new Deployment(checkout, 'kept');
    await deployment.setUp('--service-bots');
    const file = join(checkout.folder, '.env.kept');
    const mine = settingsOf(deployment)
      .replace('# WAITING_PERIOD=0.5', '# The others are slow here.\nWAITING_PERIOD=0.25')
      .replace('COMPOSE_PROJECT_NAME=service-bots-kept', 'COMPOSE_PROJECT_NAME="hyperdrive" # as ever')
      .concat('# for the quiet hours\nexport CHECKPOINT_DRY_RUN=true\n');
    writeFileSync(file, mine);
    expect(await deployment.setUp('--keeper')).toMatchObject({ code: 0 });
    const now = settingsOf(deployment);
    const profiles = 'COMPOSE_PROFILES=checkpoint,invariant';
    expect(now.startsWith(mine.replace(profiles, `${profiles},keeper`))).toBe(true);
    expect(now).toContain('\nPOOL_ADDRESSES_V2=\n');
    const { mtimeMs } = statSync(file);
    await deployment.setUp('--service-bots');
    expect(settingsOf(deployment)).toBe(now);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    expect(modeOf(file)).toBe('600');
  });

  it('secrets among the settings move to their files, under either name; one that differs is kept and told of', async () => {
    const deployment = new Deployment(checkout, 'moved');
    await deployment.setUp('--service-bots');
    deployment.putSecret('CHECKPOINT_BOT_KEY', 'mine');
    deployment.putSecret('WEBHOOK_URL', 'http://one.example');
    appendFileSync(
      join(checkout.folder, '.env.moved'),
      'RPC_URI="https://node.example/a-key" # ours\nWS_RPC_URI=wss://node.example/a-key\nROLLBAR_API_KEY=a-token\nWEBHOOK_URL=http://another.example\n',
    );
    const { all } = await deployment.setUp('--service-bots');
    expect(all).toContain('WEBHOOK_URL in .env.moved is another one than in');
    expect(all).not.toMatch(/another.example|a-token|a-key|RPC_URL$/m);
    expect(deployment.secret('RPC_URI')).toBe('https://node.example/a-key');
    expect(deployment.secret('WS_RPC_URI')).toBe('wss://node.example/a-key');
    expect(deployment.secret('ROLLBAR_API_KEY')).toBe('a-token');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe('mine');
    expect(deployment.secret('WEBHOOK_URL')).toBe('http://one.example');
    const now = settingsOf(deployment);
    expect(now).toContain('\nWEBHOOK_URL=http://another.example\n');
    expect(now).not.toMatch(/a-token|a-key/);
    await deployment.setUp('--service-bots');
    expect(settingsOf(deployment)).toBe(now);
  });

  it.each(['ours', 'a b', 'a $b "c" #d', "it's", `it's $5 \\ "q"`, "'x"])(
    'compose reads %j as it was given',
    async value => {
      const deployment = new Deployment(checkout, 'quoted', { ENVIRONMENT_NAME: value });
      rmSync(join(checkout.folder, '.env.quoted'), { force: true });
      await deployment.setUp('--service-bots');
      const { services } = JSON.parse(await deployment.compose('config', '--format', 'json'));
      // What compose prints is to be read by compose again, which takes $$ for one.
      expect(services.checkpoint.environment.ENVIRONMENT_NAME.replaceAll('$$', '$')).toBe(value);
    },
  );

  it('a file with the line ends of Windows means the same', async () => {
    const deployment = new Deployment(checkout, 'crlf', { ENVIRONMENT_NAME: 'ours' });
    await deployment.setUp('--service-bots');
    const file = join(checkout.folder, '.env.crlf');
    const before = await deployment.compose('config');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    expect(await deployment.compose('config')).toBe(before);
    const settings = settingsOf(deployment);
    expect(await deployment.setUp('--service-bots')).toMatchObject({ code: 0 });
    expect(settingsOf(deployment)).toBe(settings);
  });

  it('takes a secret from the shell once, under one name', async () => {
    const deployment = new Deployment(checkout, 'shell', { RPC_URI: 'https://node.example' });
    await deployment.setUp('--service-bots');
    await new Deployment(checkout, 'shell', { RPC_URL: 'https://other.example' }).setUp('--service-bots');
    expect([deployment.secret('RPC_URI'), deployment.secret('RPC_URL')]).toEqual([
      'https://node.example',
      '',
    ]);
  });

  it('asks for what is missing on a terminal, and shows no key', async () => {
    const deployment = new Deployment(checkout, 'asked');
    const env = `SECRETS_DIR='${deployment.secretsFolder}' CONFIG_DIR='${checkout.home}/asked/config'`;
    const command = `${env} ./setup-env.sh --chain asked --service-bots --keeper`;
    // The URL, a key of one's own, a new one, the pools.
    const answers =
      "sleep 1; printf 'http://node.example/secret\\n'; sleep 1; printf 'my-key\\n'; sleep 1; printf '\\n'; sleep 1; printf '0x12\\n'; sleep 1";
    const { all } = await outcomeOf('bash', ['-c', `(${answers}) | script -qec "${command}" /dev/null`], {
      cwd: checkout.folder,
    });
    expect(deployment.secret('RPC_URL')).toBe('http://node.example/secret');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe('my-key');
    expect(deployment.secret('PRIVATE_KEY')).toMatch(/^[0-9a-f]{64}$/);
    expect(settingsOf(deployment)).toContain('\nPOOL_ADDRESSES_V2=0x12\n');
    for (const secret of ['secret', 'my-key', deployment.secret('PRIVATE_KEY')])
      expect(all.split('node.example').at(-1)).not.toContain(`${secret}\n`);
  });

  it.each(['RPC_URL', 'RPC_URI'])(
    'bots that have a chain (%s) are not put on a development chain',
    async name => {
      const deployment = new Deployment(checkout, `real-${name.toLowerCase().replace('_', '-')}`);
      await deployment.setUp('--service-bots');
      deployment.putSecret(name, 'https://node.example');
      const { code, all } = await deployment.setUp('--service-bots', '--anvil');
      expect(code).toBe(2);
      expect(all).toContain('have a chain already');
      expect(deployment.secret(name)).toBe('https://node.example');
    },
  );

  it('a development chain takes no key, token or URL from the shell', async () => {
    const shell = {
      RPC_URL: 'https://node.example',
      CHECKPOINT_BOT_KEY: 'a-real-key',
      REGISTRY_ADDRESS: '0x12',
      HEARTBEAT_URL: 'https://ping.example',
      WEBHOOK_URL: 'https://hook.example',
    };
    const deployment = new Deployment(checkout, 'dev', shell);
    expect(await deployment.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
    expect(deployment.secret('RPC_URL')).toBe('http://anvil:8545');
    const files = readdirSync(deployment.secretsFolder).map(name => deployment.secret(name));
    expect(files.filter(Boolean)).toEqual(['http://anvil:8545']);
    expect(settingsOf(deployment)).not.toMatch(/^REGISTRY_ADDRESS=/m);
  });

  describe('--fork', () => {
    it.each([
      ['in its folder', (fork: Deployment) => fork.putSecret('PRIVATE_KEY', 'a-real-key')],
      ['as a keystore', (fork: Deployment) => fork.putSecret('checkpoint_KEYSTORE', '{"a":"real-key"}')],
      ['in its settings', () => appendFileSync(forkSettings(), 'CHECKPOINT_BOT_KEY=a-real-key\n')],
      [
        'of another chain, whose folder it is given',
        () => replaceIn(forkSettings(), 'fork/secrets', 'live/secrets'),
      ],
    ])('refuses a key that may be a real one: %s', async (_, plant) => {
      const live = new Deployment(checkout, 'live');
      await live.setUp('--all');
      live.putSecret('CHECKPOINT_BOT_KEY', 'a-real-key');
      rmSync(forkSettings(), { force: true });
      const fork = new Deployment(checkout, 'fork', { FORK_URL: 'http://upstream.example' });
      rmSync(fork.secretsFolder, { recursive: true, force: true });
      expect(await fork.setUp('--all')).toMatchObject({ code: 0 });
      expect(fork.secret('CHECKPOINT_BOT_KEY')).toMatch(/^[0-9a-f]{64}$/);
      const before = settingsOf(fork);
      expect(await fork.setUp('--all')).toMatchObject({ code: 0 });
      expect(settingsOf(fork)).toBe(before);
      plant(fork);
      const { code, all } = await fork.setUp('--keeper');
      expect(all).toMatch(/was not made for the fork|have a chain already/);
      expect(all).not.toContain('real-key');
      expect(code).toBe(2);
      expect(live.secret('CHECKPOINT_BOT_KEY')).toBe('a-real-key');
    });

    it('compose is told what the settings say, whatever the shell holds', async () => {
      const live = join(checkout.home, 'live', 'secrets');
      const env = {
        CHAIN: 'fork',
        SECRETS_DIR: live,
        COMPOSE_PROFILES: 'keeper',
        CHECKPOINT_LOG_LEVEL: 'debug',
      };
      rmSync(forkSettings(), { force: true });
      await new Deployment(checkout, 'fork').setUp('--fork');
      const script = 'source docker/compose.sh && compose config';
      const config = await run('bash', ['-c', script], { cwd: checkout.folder, env });
      expect(config).toContain(join(checkout.home, 'fork', 'secrets'));
      expect(config).not.toContain(live);
      expect(config).not.toContain('LOG_LEVEL: debug');
    });
  });
});

describe('compose.yaml', () => {
  it('two chains on one host are two projects with settings and secrets of their own', async () => {
    const chains = ['main', 'base'].map(
      chain => new Deployment(checkout, chain, { LOG_LEVEL: chain === 'base' ? 'debug' : 'info' }),
    );
    const projects = [];
    for (const deployment of chains) {
      await deployment.setUp('--service-bots');
      projects.push(JSON.parse(await deployment.compose('config', '--format', 'json')));
    }
    expect(projects.map(({ name }) => name)).toEqual(['service-bots-main', 'service-bots-base']);
    expect(projects.map(({ services }) => services.checkpoint.environment.LOG_LEVEL)).toEqual([
      'info',
      'debug',
    ]);
    const texts = projects.map(project => JSON.stringify(project));
    expect(texts[0]).not.toContain(chains[1]?.secretsFolder);
    expect(texts[1]).not.toContain(chains[0]?.secretsFolder);
  });

  it('a value with a bot’s name before it is for that bot alone', async () => {
    const deployment = new Deployment(checkout, 'own');
    await deployment.setUp('--all');
    appendFileSync(
      join(checkout.folder, '.env.own'),
      'DRY_RUN=false\nCHECKPOINT_DRY_RUN=true\nKEEPER_MAX_GAS=7\n',
    );
    const { services } = JSON.parse(await deployment.compose('config', '--format', 'json'));
    const told = ['checkpoint', 'invariant', 'keeper'].map(bot => services[bot].environment);
    expect(told.map(({ DRY_RUN }) => DRY_RUN)).toEqual(['true', 'false', 'false']);
    expect(told.map(({ MAX_GAS }) => MAX_GAS)).toEqual(['', '', '7']);
  });

  it('publishes nothing', async () => {
    const deployment = new Deployment(checkout, 'closed');
    await deployment.setUp('--all');
    const { services } = JSON.parse(await deployment.compose('config', '--format', 'json'));
    expect(Object.values(services).filter(service => 'ports' in (service as object))).toEqual([]);
  });
});
