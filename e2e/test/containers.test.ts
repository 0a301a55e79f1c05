import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DevnetPool, joinDevnet, roles } from '@service-bots/devnet';
import { parseUnits } from 'ethers';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { run } from '../src/run.ts';
import { until } from '../src/until.ts';

const bots = ['checkpoint', 'invariant'];
/** None of these must be seen anywhere. */
const webhookPath = 'the-secret-part-of-the-webhook';
const key = roles.bot.privateKey.replace(/^0x/, '');
let checkout: Checkout;
let deployment: Deployment;
let pool: DevnetPool;
/** What was measured, printed at the end. */
const figures: string[] = [];
const secondsSince = (startMs: number) => `${((Date.now() - startMs) / 1000).toFixed(1)} s`;

beforeAll(async () => {
  checkout = await openCheckout();
  deployment = new Deployment(checkout, 'e2e', {
    LOOK_SECONDS: '2',
    BLOCK_TIME: '1',
    ALERT_RESOLVE_AFTER_SECONDS: '5',
  });
});
afterAll(async () => {
  process.stdout.write(figures.map(line => `${line}\n`).join(''));
  await deployment.docker('rm', '--force', 'service-bots-e2e-sink').catch(() => undefined);
  await deployment.remove();
  checkout.remove();
});

/** A short that has matured, in a checkpoint that nobody has minted. */
async function matureShort(): Promise<number> {
  const { maturity } = await pool.openShort(parseUnits('1000', pool.decimals));
  return maturity;
}

const moveTo = async (time: number) => {
  const { chain } = await joinDevnet(...(await devnetUrls()));
  const { timestamp } = await chain.time.latest();
  if (time > timestamp) await chain.time.increase(time - timestamp);
};

async function devnetUrls(): Promise<[string, string]> {
  const host = await deployment.addressOf('anvil');
  return [`http://${host}:8545`, `http://${host}:8546`];
}

async function joinPool(): Promise<void> {
  pool = await (await joinDevnet(...(await devnetUrls()))).pool('Devnet 7 Day DAI');
}

const minted = (maturity: number) =>
  until(`the checkpoint ${maturity} to be minted`, async () => (await pool.checkpointPrice(maturity)) > 0n);

const healthy = (bot: string) =>
  until(
    `${bot} to be healthy`,
    async () => {
      const { State } = await deployment.inspect(bot);
      return State.Status === 'running' && State.Health?.Status === 'healthy';
    },
    90_000,
  );

async function alerts(): Promise<Record<string, unknown>[]> {
  const { NetworkSettings } = JSON.parse(await deployment.docker('inspect', 'service-bots-e2e-sink'))[0];
  const [network] = Object.values(NetworkSettings.Networks) as { IPAddress: string }[];
  return (await (await fetch(`http://${network?.IPAddress}:9000`)).json()) as Record<string, unknown>[];
}

const toldOf = (text: string) =>
  until(`an alert about ${text}`, async () => JSON.stringify(await alerts()).includes(text));

describe('from nothing to running bots', () => {
  it('setup-env.sh writes the settings, and docker compose up waits until all are healthy', async () => {
    expect(await deployment.setUp('--service-bots', '--anvil')).toMatchObject({ code: 0 });
    deployment.putSecret('WEBHOOK_URL', `http://sink:9000/${webhookPath}`);
    deployment.putSecret('CHECKPOINT_BOT_KEY', key);
    // Before anything runs: there is an image for each bot, and a line for all that it will need.
    const { code, stdout } = await deployment.make('doctor');
    for (const bot of bots) {
      expect(stdout).toMatch(new RegExp(`^warn +host +${bot} +not started$`, 'm'));
      expect(stdout).toMatch(new RegExp(`^fail +${bot} +endpoint anvil:8545`, 'm'));
    }
    expect(code).not.toBe(0);
    await deployment.compose('up', '-d', '--build', '--wait', '--wait-timeout', '240');
    for (const service of [...bots, 'anvil']) {
      expect((await deployment.inspect(service)).State.Health?.Status).toBe('healthy');
    }
    await joinPool();
    const sink = join(deployment.folder, 'e2e', 'sink.mjs');
    await deployment.docker(
      ...[
        'run',
        '--detach',
        '--init',
        '--name',
        'service-bots-e2e-sink',
        '--network',
        'service-bots-e2e_bots',
      ],
      ...[
        '--network-alias',
        'sink',
        '--volume',
        `${sink}:/sink.mjs:ro`,
        'node:24-bookworm-slim',
        'node',
        '/sink.mjs',
      ],
    );
  });

  it('make alert-drill tries the channels, and make owners-check the owners, on a host without Node', async () => {
    const path = join(checkout.home, 'bin');
    mkdirSync(path);
    for (const folder of String(process.env.PATH).split(':').reverse())
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        rmSync(join(path, name), { force: true });
        if (!/^(node|np|pnp)/.test(name)) symlinkSync(join(folder, name), join(path, name));
      }
    const { code, all } = await deployment.make('alert-drill', { PATH: path });
    expect(all).toMatch(/^webhook: arrived after/m);
    expect(all).not.toMatch(/not found|the-secret/);
    expect(code).toBe(0);
    await toldOf('this is a drill');
    const owners = await deployment.make('owners-check', { PATH: path });
    expect(owners).toMatchObject({ code: 0, all: expect.stringContaining('has an owner') });
    const labels = ['image', 'inspect', '--format', '{{json .Config.Labels}}'];
    expect(JSON.parse(await deployment.docker(...labels, 'service-bots/ops:service-bots-e2e'))).toMatchObject(
      {
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{12}$/),
        'org.opencontainers.image.version': expect.stringMatching(/^[0-9a-f]{7,}$/),
      },
    );
  });

  it('the checkpoint bot mints what matures', async () => {
    const { wallet } = (await deployment.statusOf('checkpoint')) as unknown as {
      wallet: { address: string };
    };
    expect(wallet.address).toBe(roles.bot.address);
    const maturity = await matureShort();
    await moveTo(maturity + pool.checkpointDuration / 2 + 60);
    await minted(maturity);
  });

  it('the invariant bot watches every block, and what it finds reaches people', async () => {
    const { head } = (await deployment.statusOf('invariant')) as unknown as { head: { number: number } };
    await until('it to follow the chain', async () => {
      const status = (await deployment.statusOf('invariant')) as unknown as { head: { number: number } };
      return status.head.number > head.number;
    });
    // Another pool than the one the checkpoint bot is judged by.
    await (await (await joinDevnet(...(await devnetUrls()))).pool('Devnet 30 Day USDC')).loseVaultAssets(30);
    await toldOf('"bot":"invariant"');
  });

  it('make alerts lists what is open and takes decisions, and whoever was told hears of them', async () => {
    const alerts = (decision = '') =>
      deployment.make('alerts', { BOT: 'invariant', ...(decision ? { DO: decision } : {}) });
    const listed = async () => /^critical +(invariant:\S+)/m.exec((await alerts()).stdout)?.[1];
    const alert = await until('something critical to be open', listed);
    const { stdout } = await alerts(`ack ${alert} --why 'the vendor is on it' --by ann`);
    expect(stdout).toBe(`${alert}: acknowledged by ann until it gets worse or ends\n`);
    expect((await alerts()).stdout).toMatch(/acknowledged by ann, .*: the vendor is on it/);
    await toldOf('"occasion":"acknowledged"');
    const { openAlerts } = (await deployment.statusOf('invariant')) as unknown as { openAlerts: object[] };
    expect(JSON.stringify(openAlerts)).toContain('the vendor is on it');
    expect((await alerts(`mute ${alert} --for 4h --why 'a test'`)).stdout).toContain(': muted by ');
    expect((await alerts(`unmute ${alert}`)).stdout).toBe(`${alert}: taken back\n`);
    const wrong = await alerts('ack no-such-alert --why x');
    expect(wrong.all).toContain('"no-such-alert" fits no alert');
    expect(wrong.code).not.toBe(0);
  });

  it('make doctor examines host, secrets, endpoints, contracts, channels and clock, and changes nothing', async () => {
    const before = await Promise.all(bots.map(bot => deployment.inspect(bot)));
    const { code, stdout } = await deployment.make('doctor');
    for (const what of [
      /ok +host +secrets/,
      /ok +checkpoint +endpoint anvil:8545/,
      /ok +invariant +contracts +4 found/,
    ])
      expect(stdout).toMatch(what);
    expect(stdout).toMatch(/ok +checkpoint +alert channels +webhook/);
    // Whether the clock is synchronised is the machine's own affair.
    expect(stdout.match(/^fail.*/gm) ?? []).toEqual(
      code === 0 ? [] : [expect.stringMatching(/clock|invariant/)],
    );
    const after = await Promise.all(bots.map(bot => deployment.inspect(bot)));
    expect(after.map(({ State }) => State.StartedAt)).toEqual(before.map(({ State }) => State.StartedAt));
  });
});

describe('what a container may do', () => {
  it.each(bots)(
    '%s: not root, nothing to write to, no capabilities, limits, nothing published',
    async bot => {
      const { Config, HostConfig } = await deployment.inspect(bot);
      expect(Config.User).toMatch(/^[1-9]\d*:/);
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        RestartPolicy: { Name: 'always' },
        PortBindings: {},
      });
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      const write = (path: string, bytes: number) =>
        deployment.compose(
          ...['exec', '-T', bot, 'node', '-e', `fs.writeFileSync('${path}', Buffer.alloc(${bytes}))`],
        );
      await expect(write('/app/x', 1)).rejects.toThrow('EROFS');
      await expect(write('/tmp/x', 20e6)).rejects.toThrow('ENOSPC');
    },
  );

  it.each(bots)('%s: no secret in docker inspect, its log, its settings or the process list', async bot => {
    const { Id } = await deployment.inspect(bot);
    const texts = [
      await deployment.docker('inspect', Id),
      await deployment.docker('logs', Id),
      await deployment.docker('top', Id, '-eo', 'pid,args'),
      await deployment.compose('exec', '-T', bot, 'env'),
      await run('ps', ['-eo', 'args'], { cwd: checkout.folder }),
      JSON.stringify(await deployment.statusOf(bot)),
    ];
    for (const text of texts)
      for (const secret of [webhookPath, key]) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
  });

  it.each(bots)('%s: its own secrets and no other bot’s', async bot => {
    const mounted = (await deployment.compose('exec', '-T', bot, 'ls', '/run/secrets')).split('\n');
    const keys = { checkpoint: ['CHECKPOINT_BOT_KEY'], invariant: ['PAUSER_KEY'] }[bot];
    expect(mounted.filter(name => /KEY$/.test(name) && !/API|ROUTING/.test(name))).toEqual(keys);
  });

  it.each(bots)('%s: the image holds that bot, core, what they run with, and nothing else', async bot => {
    const { Image } = await deployment.inspect(bot);
    const find = ['run', '--rm', '--entrypoint', 'find', Image, '/app', '-type', 'f'];
    const files = (await deployment.docker(...find)).split('\n');
    const others = readdirSync(join(deployment.folder, 'bots')).filter(name => name !== bot);
    const unwanted = [
      ...others.map(name => `/app/bots/${name}/`),
      ...[
        'typescript',
        'jest',
        'viem',
        '@biomejs',
        '@foundry-rs',
        '@delvtech',
        '@types',
        'devnet',
        '/.env',
        '/src/',
        '.test.',
      ],
    ];
    expect(
      files.filter(file =>
        unwanted.some(each => file.includes(each) && !/node_modules\/.*\/src\//.test(file)),
      ),
    ).toEqual([]);
    expect(files).toContain(`/app/bots/${bot}/dist/main.js`);
    const sizes = (
      await deployment.docker('inspect', '--format', '{{.Size}}', Image, 'node:24-bookworm-slim')
    ).split('\n');
    const overBase = Number(sizes[0]) - Number(sizes[1]);
    figures.push(`image of ${bot}: ${(overBase / 1e6).toFixed(1)} MB over its base (target 60 MB)`);
    expect(overBase).toBeLessThan(60e6);
    const history = await deployment.docker('history', '--no-trunc', Image);
    for (const secret of [webhookPath, key]) expect(history).not.toContain(secret);
    const usage = ['stats', '--no-stream', '--format', '{{.MemUsage}}', (await deployment.inspect(bot)).Id];
    figures.push(`memory of ${bot}, its limit: ${await deployment.docker(...usage)}`);
  });
});

describe('when something goes wrong', () => {
  it('a process that is killed starts again and catches up', async () => {
    const maturity = await matureShort();
    const { RestartCount } = await deployment.inspect('checkpoint');
    await deployment.kill('checkpoint');
    await moveTo(maturity + pool.checkpointDuration / 2 + 60);
    await minted(maturity);
    expect((await deployment.inspect('checkpoint')).RestartCount).toBe(RestartCount + 1);
    await healthy('checkpoint');
  });

  it('a node that answers nothing for a minute is told of, and the bots go on after it', async () => {
    const maturity = await matureShort();
    await deployment.compose('pause', 'anvil');
    await sleep(60_000);
    await deployment.compose('unpause', 'anvil');
    await toldOf('rpc-unreachable');
    await moveTo(maturity + pool.checkpointDuration / 2 + 60);
    await minted(maturity);
    for (const bot of bots) await healthy(bot);
  });

  it('redeploy replaces one bot and leaves the others alone; rollback goes back', async () => {
    const [checkpoint, invariant] = await Promise.all(bots.map(bot => deployment.inspect(bot)));
    appendFileSync(
      join(deployment.folder, 'bots/invariant/src/main.ts'),
      `\nexport const changedAt = ${Date.now()};\n`,
    );
    const startMs = Date.now();
    await deployment.compose('build', 'invariant');
    figures.push(`rebuild after a change of its source: ${secondsSince(startMs)} (target 20 s)`);
    expect(await deployment.make('redeploy', { BOT: 'invariant' })).toMatchObject({ code: 0 });
    const after = await Promise.all(bots.map(bot => deployment.inspect(bot)));
    expect(after[1]?.Image).not.toBe(invariant?.Image);
    expect(after[0]?.State.StartedAt).toBe(checkpoint?.State.StartedAt);
    // Once more the same: what there is to go back to stays.
    expect(await deployment.make('redeploy', { BOT: 'invariant' })).toMatchObject({ code: 0 });
    expect(await deployment.make('rollback', { BOT: 'invariant' })).toMatchObject({ code: 0 });
    expect((await deployment.inspect('invariant')).Image).toBe(invariant?.Image);
    const up = await deployment.make('up');
    expect(up).toMatchObject({
      code: 0,
      all: expect.stringMatching(/invariant stays on revision .*make redeploy BOT=invariant/),
    });
    expect((await deployment.inspect('invariant')).Image).toBe(invariant?.Image);
  });

  it('a redeploy that is interrupted goes back to the image before', async () => {
    const { Image } = await deployment.inspect('checkpoint');
    const folder = join(checkout.home, 'slow');
    mkdirSync(folder);
    const lines = [
      'FROM node:24-bookworm-slim',
      'HEALTHCHECK --start-period=300s CMD false',
      'ENTRYPOINT ["sleep", "600"]',
    ];
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
    await deployment.docker('build', '--quiet', '--tag', 'service-bots-e2e-slow', folder);
    const redeploying = deployment.beginMake('redeploy', {
      BOT: 'checkpoint',
      IMAGE: 'service-bots-e2e-slow',
    });
    await until('the new container', async () => {
      const now = await deployment.inspect('checkpoint');
      return now.Image !== Image && now.State.Status === 'running';
    });
    redeploying.interrupt();
    const { code, all } = await redeploying.outcome;
    expect(all).toContain('interrupted');
    expect(all).toContain('rolled back: checkpoint runs the image from before');
    expect(code).not.toBe(0);
    expect(await deployment.inspect('checkpoint')).toMatchObject({ Image, State: { Status: 'running' } });
    await deployment.docker('image', 'rm', '--force', 'service-bots-e2e-slow');
  });

  it('an image that does not work is taken back by itself', async () => {
    const { Image } = await deployment.inspect('checkpoint');
    const folder = join(checkout.home, 'broken');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM node:24-bookworm-slim\nENTRYPOINT ["false"]\n');
    await deployment.docker('build', '--quiet', '--tag', 'service-bots-e2e-broken', folder);
    const redeployed = await deployment.make('redeploy', {
      BOT: 'checkpoint',
      IMAGE: 'service-bots-e2e-broken',
      WAIT_SECONDS: '40',
    });
    await deployment.docker('image', 'rm', '--force', 'service-bots-e2e-broken');
    expect(redeployed.code).not.toBe(0);
    expect(redeployed.all).toContain('rolled back: checkpoint runs the image from before');
    expect(await deployment.inspect('checkpoint')).toMatchObject({ Image, State: { Status: 'running' } });
  });

  it('docker compose stop ends every bot in good order, within its grace period', async () => {
    await deployment.compose('stop', ...bots);
    for (const bot of bots) {
      const { State } = await deployment.inspect(bot);
      expect(State).toMatchObject({ Status: 'exited', ExitCode: 0, OOMKilled: false });
    }
  });

  it('a bot that is chosen no more is stopped by make up, which says so', async () => {
    const settings = join(deployment.folder, '.env.e2e');
    const before = readFileSync(settings, 'utf8');
    writeFileSync(settings, before.replace(/^COMPOSE_PROFILES=.*/m, 'COMPOSE_PROFILES=checkpoint,anvil'));
    const { code, all } = await deployment.make('up');
    writeFileSync(settings, before);
    expect(all).toContain('invariant: stopped');
    expect(code).toBe(0);
    expect(await deployment.compose('ps', '--all', '--quiet', 'invariant')).toBe('');
    await deployment.compose('stop', 'checkpoint');
  });

  it('make up brings them back', async () => {
    const startMs = Date.now();
    expect(await deployment.make('up')).toMatchObject({ code: 0 });
    figures.push(`make up until all are healthy: ${secondsSince(startMs)} (target 60 s)`);
  });

  // Only where it is known how the engine is restarted, and that nothing else runs on it.
  const restartEngine = process.env.E2E_RESTART_ENGINE;
  (restartEngine ? it : it.skip)('when the engine restarts, all come back', async () => {
    await run('bash', ['-c', String(restartEngine)], { cwd: checkout.home });
    for (const service of [...bots, 'anvil']) await healthy(service);
    // A chain of its own, from its first block again.
    await joinPool();
    const maturity = await matureShort();
    await moveTo(maturity + pool.checkpointDuration / 2 + 60);
    await minted(maturity);
  });
});
