import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type Checkout, openCheckout, repository } from '../src/checkout.ts';
import { outcomeOf, run } from '../src/run.ts';
import { standIns as standInsIn } from '../src/standIns.ts';

let checkout: Checkout;
let commit: string;
beforeAll(async () => {
  checkout = await openCheckout();
  commit = await run('git', ['rev-parse', 'HEAD'], { cwd: checkout.folder });
});
afterAll(() => checkout.remove());

const images = 'registry.example/bots';
const names = [...readdirSync(join(repository, 'bots')), 'anvil'];

function standIns(scripts: Readonly<Record<string, string>>) {
  const { env, calls } = standInsIn(checkout.home, scripts);
  return { env: { ...env, IMAGES: images }, calls };
}

describe('deploy/publish.sh', () => {
  it('builds every image of the commit for two kinds of machine, with SBOM and provenance, but those that are there', async () => {
    const there = `${images}/keeper:${commit}`;
    const { env, calls } = standIns({
      docker: `[[ $3 != inspect || $4 = '${there}' ]]`,
    });
    const { code, all } = await outcomeOf('deploy/publish.sh', [], { cwd: checkout.folder, env });
    expect(code).toBe(0);
    expect(all).toContain(`${there} is there already`);
    const builds = calls().filter(call => call.startsWith('docker buildx build'));
    expect(builds).toHaveLength(names.length - 1);
    for (const name of names.filter(each => each !== 'keeper')) {
      const build = builds.find(call => call.includes(`--tag ${images}/${name}:${commit} `));
      for (const part of [
        '--platform linux/amd64,linux/arm64',
        '--sbom true',
        '--provenance mode=max',
        '--push',
      ])
        expect(build).toContain(part);
      expect(build).toContain(`--build-arg REVISION=${commit}`);
    }
  });

  it('refuses what is not committed, and a bot that there is not', async () => {
    const { env, calls } = standIns({ docker: 'false' });
    const publish = (...args: string[]) =>
      outcomeOf('deploy/publish.sh', args, { cwd: checkout.folder, env });
    expect(await publish('kepeer')).toMatchObject({ code: 2, all: expect.stringContaining('no such bot') });
    const change = join(checkout.folder, 'change');
    writeFileSync(change, '');
    expect(await publish()).toMatchObject({ code: 2, all: expect.stringContaining('commit first') });
    rmSync(change);
    expect(calls().filter(call => call.includes('build .'))).toEqual([]);
  });
});

describe('deploy/promote.sh', () => {
  it('gives the images of the commit the release’s name, by their digests, and builds nothing', async () => {
    const { env, calls } = standIns({ docker: '[[ $3 != inspect ]] || echo sha256:12' });
    expect(await outcomeOf('deploy/promote.sh', ['v1'], { cwd: checkout.folder, env })).toMatchObject({
      code: 0,
    });
    const made = calls().filter(call => !call.includes(' inspect '));
    expect(made.sort()).toEqual(
      names
        .map(name => `docker buildx imagetools create --tag ${images}/${name}:v1 ${images}/${name}@sha256:12`)
        .sort(),
    );
  });

  it.each([
    ['was never built', 'false', 'there is no'],
    [
      'comes out as another',
      '[[ $3 != inspect ]] || { [[ $6 = *:v1 ]] && echo sha256:13 || echo sha256:12; }',
      'is another image',
    ],
  ])('fails when an image %s', async (_, docker, said) => {
    const { env } = standIns({ docker });
    const { code, all } = await outcomeOf('deploy/promote.sh', ['v1'], { cwd: checkout.folder, env });
    expect(all).toContain(said);
    expect(code).toBe(1);
  });
});

describe('.github/workflows', () => {
  interface Job {
    strategy?: { matrix: { name: string[]; seed?: number[] } };
    concurrency?: { group: string; 'cancel-in-progress': boolean };
    uses?: string;
    steps?: { uses?: string; run?: string }[];
  }
  const jobsOf = (name: string): Record<string, Job> =>
    parse(readFileSync(join(checkout.folder, '.github/workflows', name), 'utf8')).jobs;
  let jobs: Record<string, Job>;
  let checks: Record<string, Job>;
  let campaign: Record<string, Job>;
  beforeEach(() => {
    [jobs, checks, campaign] = [jobsOf('images.yaml'), jobsOf('checks.yaml'), jobsOf('campaign.yaml')];
  });

  it('checks pull requests, and every commit before its images are built', () => {
    expect(checks.check?.steps?.flatMap(({ run }) => run ?? [])).toEqual(['make check', 'make test-e2e']);
    expect(jobs.check?.uses).toBe('./.github/workflows/checks.yaml');
  });

  it('uses actions by their commits, and runs scripts and targets that there are', async () => {
    const steps = [checks, jobs, campaign].flatMap(Object.values<Job>).flatMap(job => job.steps ?? []);
    for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    const commands = steps.flatMap(step => step.run?.split('\n') ?? []);
    const scripts = commands.flatMap(line => line.match(/\bdeploy\/\S+/g) ?? []);
    expect(scripts).toEqual(['deploy/publish.sh', 'deploy/promote.sh', 'deploy/to-fork-host.sh']);
    for (const script of scripts) expect(existsSync(join(checkout.folder, script))).toBe(true);
    const targets = commands.flatMap(line => /\bmake ([\w-]+)/.exec(line)?.[1] ?? []);
    const makefile = readFileSync(join(checkout.folder, 'Makefile'), 'utf8');
    for (const target of targets) expect(makefile).toMatch(new RegExp(`^${target}:`, 'm'));
    for (const line of commands)
      await run('bash', ['-nc', line.replace(/\$\{\{.*?\}\}/g, 'x')], { cwd: '.' });
  });

  it('runs the fixed campaign for pull requests, and two hundred hours over twenty seeds each week', () => {
    expect(checks.chaos?.steps?.at(-1)?.run).toContain('REPLAY=chaos/histories/ci.json');
    expect(existsSync(join(checkout.folder, 'chaos/histories/ci.json'))).toBe(true);
    expect(campaign.campaign?.strategy?.matrix.seed).toHaveLength(20);
    expect(campaign.campaign?.steps?.flatMap(({ run }) => run ?? []).join('\n')).toContain('HOURS=10 ');
  });

  it('builds an image of every bot and of the chain; one deployment to the fork host at a time', () => {
    const bots = readdirSync(join(checkout.folder, 'bots'));
    expect(jobs.images?.strategy?.matrix.name).toEqual([...bots, 'anvil']);
    expect(jobs.fork?.concurrency).toEqual({ group: 'fork-host', 'cancel-in-progress': false });
  });
});

describe('deploy/aws', () => {
  const lastCommand = () => {
    const { runcmd } = parse(readFileSync(join(checkout.folder, 'deploy/aws/cloud-init.yaml'), 'utf8'));
    return String(runcmd.at(-1)).replace('/opt/service-bots', checkout.home);
  };
  const prepare = (doctor: string) => {
    mkdirSync(join(checkout.home, 'deploy/aws'), { recursive: true });
    for (const script of ['setup-env.sh', 'deploy/aws/fetch-secrets.sh'])
      writeFileSync(join(checkout.home, script), '#!/bin/sh\n', { mode: 0o755 });
    return standIns({ sudo: 'shift 3; exec "$@"', docker: '', make: `[[ $1 != doctor ]] || ${doctor}` });
  };

  it.each([
    ['starts the bots once the doctor has found nothing wrong', 'true', ['make doctor', 'make up']],
    ['starts nothing when it has', 'false', ['make doctor']],
  ])('cloud-init %s', async (_, doctor, expected) => {
    const { env, calls } = prepare(doctor);
    await outcomeOf('sh', ['-c', lastCommand()], { cwd: checkout.home, env });
    expect(calls().filter(call => call.startsWith('make'))).toEqual(expected);
  });

  it('cloud-init starts the bots of a host that has its secrets and no alert channel', async () => {
    const secrets: Record<string, string> = {
      RPC_URL: 'https://node.example/a-key',
      CHECKPOINT_BOT_KEY: 'ab'.repeat(32),
    };
    const parameters = Object.keys(secrets).map(name => `/service-bots/default/${name}`);
    const values = Object.entries(secrets).map(([name, value]) => `*/${name}' '*) echo '${value}' ;;`);
    const { env, calls } = standIns({
      sudo: 'shift 3; exec "$@"',
      aws: `case "$* " in *get-parameters-by-path*) echo '${parameters.join(' ')}' ;; ${values.join(' ')} esac`,
      make: `[[ $1 = up ]] || exec "$(type -aP make | sed -n 2p)" "$@"`,
      timedatectl: 'echo yes',
      docker: `case "$*" in
        'version -f '*) echo 26.1.5 ;;
        'compose version --short') echo 2.26.1 ;;
        *' --check') echo 'warn  a-bot  alert channels  none is set' ;;
      esac`,
    });
    const home = join(checkout.home, 'etc');
    const command = lastCommand()
      .replace(checkout.home, checkout.folder)
      .replace('SERVICE_BOTS_HOME=/etc/service-bots', `SERVICE_BOTS_HOME='${home}'`);
    const { code, all } = await outcomeOf('sh', ['-c', command], {
      cwd: checkout.folder,
      env: { PATH: env.PATH },
    });
    expect(all).toMatch(/^warn +a-bot +alert channels/m);
    expect(all).not.toMatch(/^fail/m);
    expect(calls().filter(call => call.startsWith('make'))).toEqual(['make doctor', 'make up']);
    expect(code).toBe(0);
    expect(readFileSync(join(home, 'default/secrets/RPC_URL'), 'utf8')).toBe(`${secrets.RPC_URL}\n`);
  });

  it('every command of cloud-init is one that a shell can read', async () => {
    const { runcmd } = parse(readFileSync(join(checkout.folder, 'deploy/aws/cloud-init.yaml'), 'utf8'));
    for (const command of runcmd) await run('sh', ['-nc', command], { cwd: checkout.home });
  });

  it('the role reads the secrets of one chain and no others', () => {
    const { Statement } = parse(
      readFileSync(join(checkout.folder, 'deploy/aws/instance-policy.json'), 'utf8'),
    );
    const reading = Statement.filter(({ Action }: { Action: string[] }) =>
      Action.some(action => /^ssm:(Get|\*)/.test(action)),
    );
    const parameter = 'arn:aws:ssm:REGION:ACCOUNT:parameter/service-bots/CHAIN';
    expect(reading.map(({ Resource }: { Resource: unknown }) => Resource)).toEqual([
      [parameter, `${parameter}/*`],
    ]);
  });
});
