import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('setup-env.sh', () => {
  it.each([
    [[], 'say what to run'],
    [['--everything'], 'there is no --everything'],
    [['--lpandarb'], 'there is no such bot yet'],
    [['--service-bots', '--anvil', '--fork'], '--anvil or --fork, not both'],
    [['--chain', '../up', '--keeper'], 'is not a name'],
  ])('%j is refused with exit code 2, and nothing is written', async (args, message) => {
    const { code, all } = await outcomeOf('./setup-env.sh', args, { cwd: checkout.folder });
    expect(all).toContain(message);
    expect(code).toBe(2);
    expect(await run('git', ['status', '--short', '--ignored'], { cwd: checkout.folder })).toBe('');
  });

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

  it('keeps values, secrets and what it does not know; a secret among the settings moves to its file', async () => {
    const deployment = new Deployment(checkout, 'kept');
    await deployment.setUp('--service-bots');
    deployment.putSecret('CHECKPOINT_BOT_KEY', 'mine');
    const settings = join(checkout.folder, '.env.kept');
    writeFileSync(settings, settingsOf(deployment).replace('# WAITING_PERIOD=0.5', 'WAITING_PERIOD=0.25'));
    appendFileSync(settings, 'CHECKPOINT_DRY_RUN=true\nROLLBAR_API_KEY=a-token\n');
    expect(await deployment.setUp('--all')).toMatchObject({ code: 0 });
    const now = settingsOf(deployment);
    expect(now).toContain('COMPOSE_PROFILES=checkpoint,invariant,keeper\n');
    expect(now).toContain('\nWAITING_PERIOD=0.25\n');
    expect(now).toContain('\nCHECKPOINT_DRY_RUN=true\n');
    expect(now).not.toContain('a-token');
    expect(deployment.secret('ROLLBAR_API_KEY')).toBe('a-token');
    expect(deployment.secret('CHECKPOINT_BOT_KEY')).toBe('mine');
    await deployment.setUp('--all');
    expect(settingsOf(deployment)).toBe(now);
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

  it('bots that have a chain are not put on a development chain', async () => {
    const deployment = new Deployment(checkout, 'real');
    await deployment.setUp('--service-bots');
    deployment.putSecret('RPC_URL', 'https://node.example');
    const { code, all } = await deployment.setUp('--service-bots', '--anvil');
    expect(code).toBe(2);
    expect(all).toContain('have a chain already');
    expect(deployment.secret('RPC_URL')).toBe('https://node.example');
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

it('asTheBots.sh: a command has the channels that were set up, as far as the environment does not say otherwise', async () => {
  const deployment = new Deployment(checkout, 'channels');
  await deployment.setUp('--service-bots');
  deployment.putSecret('TELEGRAM_BOT_TOKEN', 'a-token');
  deployment.putSecret('ROLLBAR_API_KEY', 'a-token');
  const settings = 'TELEGRAM_CHAT_ID=-100\nSLACK_MIN_SEVERITY=error\nDRY_RUN=true\n';
  appendFileSync(join(checkout.folder, '.env.channels'), settings);
  const env = { CHAIN: 'channels', SLACK_MIN_SEVERITY: 'info', ROLLBAR_API_KEY: 'another' };
  const { stdout } = await outcomeOf('docker/asTheBots.sh', ['env'], { cwd: checkout.folder, env });
  const lines = stdout.split('\n');
  const token = join(deployment.secretsFolder, 'TELEGRAM_BOT_TOKEN');
  for (const line of ['TELEGRAM_CHAT_ID=-100', 'SLACK_MIN_SEVERITY=info', `TELEGRAM_BOT_TOKEN_FILE=${token}`])
    expect(lines).toContain(line);
  const names = lines.map(line => line.split('=')[0]);
  for (const other of ['DRY_RUN', 'CHECKPOINT_BOT_KEY_FILE', 'ROLLBAR_API_KEY_FILE', 'WEBHOOK_URL_FILE'])
    expect(names).not.toContain(other);
});
