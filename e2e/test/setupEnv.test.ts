import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Wallet } from 'ethers';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { outcomeOf, run } from '../src/run.ts';
import { onTerminal } from '../src/terminal.ts';

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
    [[], 'name the bots to run, for example --service-bots'],
    [['--everything'], 'there is no --everything'],
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
    for (const flag of [
      ...['--service-bots', '--keeper', '--lpandarb', '--all', '--anvil', '--fork', '--chain'],
      '--secrets-from',
    ])
      expect(stdout).toContain(flag);
    // Compose asks before it removes a container.
    expect(stdout).not.toContain('docker compose rm');
  });

  it('writes the variables of what is chosen, and makes a folder of secrets that only the bots read', async () => {
    const deployment = new Deployment(checkout, 'fresh');
    const { code, stdout } = await deployment.setUp('--service-bots');
    expect(code).toBe(0);
    for (const missing of ['RPC_URL', 'CHECKPOINT_BOT_KEY'])
      expect(stdout).toContain(join(deployment.secretsFolder, missing));
    const settings = settingsOf(deployment);
    expect(settings).toContain('COMPOSE_PROFILES=checkpoint,invariant,watchtower\n');
    expect(settings).toContain(
      '\nWATCHTOWER_TARGETS=checkpoint=http://checkpoint:8080,invariant=http://invariant:8080\n',
    );
    expect(deployment.secret('WATCHTOWER_TOKEN')).toMatch(/^[0-9a-f]{32}$/);
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
    const profiles = 'COMPOSE_PROFILES=checkpoint,invariant,watchtower';
    const targets = 'invariant=http://invariant:8080';
    const grown = mine
      .replace(profiles, `${profiles},keeper`)
      .replace(targets, `${targets},keeper=http://keeper:8080`);
    expect(now.startsWith(grown)).toBe(true);
    expect(now).toContain('\nPOOL_ADDRESSES_V2=\n');
    const { mtimeMs } = statSync(file);
    await deployment.setUp('--service-bots');
    expect(settingsOf(deployment)).toBe(now);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    expect(modeOf(file)).toBe('600');
  });

  it('leaves the settings with their owner when root runs it once', async () => {
    if (process.getuid?.() !== 0) return;
    const deployment = new Deployment(checkout, 'sudo');
    await deployment.setUp('--keeper');
    const file = join(checkout.folder, '.env.sudo');
    chownSync(file, 4242, 4243);
    await deployment.setUp('--checkpoint');
    expect(settingsOf(deployment)).toContain('COMPOSE_PROFILES=keeper,checkpoint\n');
    expect(statSync(file)).toMatchObject({ uid: 4242, gid: 4243 });
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
    expect(all).toContain('WEBHOOK_URL differs in .env.moved and ');
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
      // Compose's output is meant for compose, which reads $$ as a single $.
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

  it('asks for what is missing on a terminal, again where an answer cannot be right, and shows no secret', async () => {
    const deployment = new Deployment(checkout, 'asked');
    const key = `0x${'5a'.repeat(32)}`;
    const pool = `0x${'12'.repeat(20)}`;
    const { code, all } = await onTerminal(
      './setup-env.sh --chain asked --service-bots --keeper',
      [
        [/URL of your node.*: $/, 'localhost:8545'],
        [/RPC_URL is not a URL, for example[\s\S]*: $/, 'http://localhost:8545'],
        [/which in a container is the container itself[\s\S]*: $/, 'http://node.example/secret'],
        [/key of the checkpoint bot.*: $/, 'not-a-key'],
        [/CHECKPOINT_BOT_KEY is not a private key[\s\S]*: $/, key],
        [/key of the keeper bot.*: $/, key.toUpperCase().replace('0X', '')],
        [/PRIVATE_KEY is the key of the checkpoint bot[\s\S]*: $/, ''],
        [/Where alerts go.*: $/, 'pigeon'],
        [/pigeon is none of them[\s\S]*: $/, 'Telegram'],
        [/Token of the Telegram bot.*: $/, '123:token'],
        [/node for the watchtower.*: $/, 'ftp://node.example'],
        [/WATCHTOWER_RPC_URL is not a URL[\s\S]*: $/, ''],
        [/TELEGRAM_CHAT_ID: $/, 'nowhere'],
        [/TELEGRAM_CHAT_ID is neither[\s\S]*: $/, '-1001'],
        [/POOL_ADDRESSES_V2: $/, '0x12'],
        [/POOL_ADDRESSES_V2 is not an address[\s\S]*: $/, pool],
      ],
      {
        cwd: checkout.folder,
        env: { SECRETS_DIR: deployment.secretsFolder, CONFIG_DIR: `${checkout.home}/asked/config` },
      },
    );
    expect(code).toBe(0);
    expect(deployment.secret('RPC_URL')).toBe('http://node.example/secret');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe(key);
    expect(deployment.secret('PRIVATE_KEY')).toMatch(/^[0-9a-f]{64}$/);
    expect(deployment.secret('TELEGRAM_BOT_TOKEN')).toBe('123:token');
    expect(settingsOf(deployment)).toContain('\nTELEGRAM_CHAT_ID=-1001\n');
    expect(settingsOf(deployment)).toContain(`\nPOOL_ADDRESSES_V2=${pool}\n`);
    for (const [bot, name] of [
      ['checkpoint', 'CHECKPOINT_BOT_KEY'],
      ['keeper', 'PRIVATE_KEY'],
    ] as const)
      expect(all).toContain(`wallet of the ${bot} bot: ${new Wallet(deployment.secret(name)).address}`);
    for (const secret of [
      'node.example/secret',
      '5a5a5a',
      'not-a-key',
      '123:token',
      deployment.secret('PRIVATE_KEY'),
    ])
      expect(all.toLowerCase()).not.toContain(secret);
    expect(all).not.toMatch(/no alert channel|still missing/);
  });

  it("asks again for the watchtower's node when it was interrupted there, and not once it was answered", async () => {
    const deployment = new Deployment(checkout, 'interrupted');
    const env = {
      SECRETS_DIR: deployment.secretsFolder,
      CONFIG_DIR: `${checkout.home}/interrupted/config`,
      RPC_URL: 'https://node.example',
      SLACK_WEBHOOK_URL: 'https://hooks.example/x',
      CHECKPOINT_BOT_KEY: '5b'.repeat(32),
    };
    const asked = (answer: string) =>
      onTerminal(
        './setup-env.sh --chain interrupted --service-bots',
        [[/node for the watchtower.*: $/, answer]],
        { cwd: checkout.folder, env },
      );
    // Ctrl-C.
    expect((await asked('\u0003')).code).not.toBe(0);
    expect((await asked('')).all).toContain('node for the watchtower');
    expect(deployment.secret('WATCHTOWER_TOKEN')).toMatch(/^[0-9a-f]{32}$/);
    expect((await asked('')).all).not.toContain('node for the watchtower');
  });

  it('says how alerts get to people where no channel is set', async () => {
    const { stdout } = await new Deployment(checkout, 'unheard').setUp('--service-bots');
    expect(stdout).toMatch(
      /^no alert channel: .*ROLLBAR_API_KEY, PAGERDUTY_ROUTING_KEY, TELEGRAM_BOT_TOKEN, SLACK_WEBHOOK_URL/m,
    );
    const settled = new Deployment(checkout, 'heard', { SLACK_WEBHOOK_URL: 'https://hooks.example/x' });
    expect((await settled.setUp('--service-bots')).stdout).not.toContain('no alert channel');
    const telegram = new Deployment(checkout, 'half-heard', { TELEGRAM_BOT_TOKEN: '123:token' });
    expect((await telegram.setUp('--service-bots')).stdout).toContain('.env.half-heard:TELEGRAM_CHAT_ID');
    const mailed = await new Deployment(checkout, 'mailed', { EMAIL_TO: 'ann@example.com' }).setUp(
      '--keeper',
    );
    expect(mailed.stdout).not.toContain('no alert channel');
    for (const name of ['EMAIL_FROM', 'SMTP_URL']) expect(mailed.stdout).toContain(`.env.mailed:${name}`);
  });

  it.each([
    ['RPC_URL', 'localhost:8545', 'is not a URL'],
    ['RPC_URI', 'https://a.example,http://127.0.0.1:8545', 'the container itself'],
    ['RPC_URL_FALLBACK', 'https:///key-of-mine', 'is not a URL'],
    ['WS_RPC_URL', 'https://a.example', 'is not a URL'],
    ['SLACK_WEBHOOK_URL', 'hooks.example/key-of-mine', 'is not a URL'],
    ['CHECKPOINT_BOT_KEY', 'key-of-mine', 'is not a private key'],
    ['PRIVATE_KEY', `0x${'12'.repeat(31)}`, 'is not a private key'],
    ['PAUSER_KEY', `0x${'0'.repeat(64)}`, 'is zero or above the largest'],
    ['PAUSER_KEY', 'F'.repeat(64), 'is zero or above the largest'],
    ['PRIVATE_KEY', '{"version":3,"a":"key-of-mine"}', 'into the file keeper_KEYSTORE of'],
    ['CHECKPOINT_BOT_KEY', 'key of mine '.repeat(4), 'is a mnemonic'],
    ['TELEGRAM_BOT_TOKEN', 'key-of-mine', 'is not a token'],
    ['PAGERDUTY_ROUTING_KEY', 'key-of-mine', 'is not an integration key'],
    ['TELEGRAM_CHAT_ID', 'nowhere', "is neither a chat's number nor"],
    ['REGISTRY_ADDRESS', '0x12', 'is not an address'],
  ])('%s=%s of the shell is refused: it %s', async (name, value, problem) => {
    const deployment = new Deployment(checkout, `wrong-${name.toLowerCase().replaceAll('_', '-')}`, {
      [name]: value,
    });
    const { code, all } = await deployment.setUp('--all');
    expect(all).toContain(`${name} of the shell's variables`);
    expect(all).toContain(problem);
    expect(all).not.toContain('key-of-mine');
    expect(code).toBe(2);
  });

  describe('one key for two bots', () => {
    const key = `0x${'6b'.repeat(32)}`;
    const keystore = JSON.stringify({ version: 3, address: new Wallet(key).address.slice(2).toLowerCase() });
    let count = 0;
    /** A chain with these files and shell variables. */
    const given = (files: Record<string, string>, shell: Record<string, string>, settings = '') => {
      count += 1;
      const deployment = new Deployment(checkout, `shared-${count}`, shell);
      mkdirSync(deployment.secretsFolder, { recursive: true });
      for (const [name, value] of Object.entries(files)) deployment.putSecret(name, value);
      if (settings) writeFileSync(join(checkout.folder, `.env.shared-${count}`), settings);
      return deployment;
    };

    it.each<[string, () => Deployment]>([
      ['in the shell', () => given({}, { CHECKPOINT_BOT_KEY: key, PRIVATE_KEY: key })],
      [
        'in two spellings',
        () => given({ CHECKPOINT_BOT_KEY: key, PRIVATE_KEY: ` ${key.slice(2).toUpperCase()}` }, {}),
      ],
      ['for the pauser', () => given({ PAUSER_KEY: key }, { PRIVATE_KEY: key })],
      ['among the settings', () => given({ PRIVATE_KEY: key }, {}, `CHECKPOINT_BOT_KEY=${key}\n`)],
      ['in a keystore', () => given({ checkpoint_KEYSTORE: keystore }, { PRIVATE_KEY: key })],
      [
        'in two keystores',
        () => given({ checkpoint_KEYSTORE: keystore, keeper_KEYSTORE: ` ${keystore}` }, {}),
      ],
    ])('is refused %s, and nothing is written', async (_, prepare) => {
      const deployment = prepare();
      const file = join(checkout.folder, `.env.${deployment.chain}`);
      const before = existsSync(file) && readFileSync(file, 'utf8');
      const { code, all } = await deployment.setUp('--all');
      expect(all).toMatch(/have the same key \(.*\): give each bot a key of its own/);
      expect(all.toLowerCase()).not.toContain('6b6b6b');
      expect(code).toBe(2);
      expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(before);
      expect(readdirSync(deployment.secretsFolder)).not.toContain('RPC_URL');
    });

    it('is no matter where one of the bots is not chosen, or the keys differ', async () => {
      const other = given({ CHECKPOINT_BOT_KEY: key, PRIVATE_KEY: key }, {});
      expect(await other.setUp('--keeper')).toMatchObject({ code: 0 });
      const both = given({ CHECKPOINT_BOT_KEY: key, PRIVATE_KEY: `0x${'6c'.repeat(32)}` }, {});
      expect(await both.setUp('--all')).toMatchObject({ code: 0 });
    });
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
      EMAIL_TO: 'ann@example.com',
    };
    const deployment = new Deployment(checkout, 'dev', shell);
    expect(await deployment.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
    expect(deployment.secret('RPC_URL')).toBe('http://anvil:8545');
    const files = readdirSync(deployment.secretsFolder).map(name => deployment.secret(name));
    // The page's token is generated here; no key, token or URL comes from elsewhere.
    const url = 'http://anvil:8545';
    expect(files.filter(text => text && !/^[0-9a-f]{32}$/.test(text))).toEqual([url, url]);
    expect(settingsOf(deployment)).not.toMatch(/^(REGISTRY_ADDRESS|EMAIL_TO)=/m);
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

  it('publishes nothing but the page, to this machine only and with a token', async () => {
    const deployment = new Deployment(checkout, 'closed');
    await deployment.setUp('--all');
    const { services } = JSON.parse(await deployment.compose('config', '--format', 'json'));
    const published = Object.entries(services).filter(([, service]) => 'ports' in (service as object));
    expect(published).toMatchObject([['watchtower', { ports: [{ host_ip: '127.0.0.1', target: 8080 }] }]]);
    expect(published).toHaveLength(1);
    expect(services.watchtower.environment.WATCHTOWER_TOKEN_FILE).toBe('/run/secrets/WATCHTOWER_TOKEN');
  });
});
