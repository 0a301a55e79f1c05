import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Checkout, openCheckout } from '../src/checkout.ts';
import { Deployment } from '../src/deployment.ts';
import { outcomeOf, run } from '../src/run.ts';
import { standIns } from '../src/standIns.ts';

// The scripts' output on an incomplete host. `docker` is replaced by a script here: no engine is asked.
let checkout: Checkout;
let deployment: Deployment;
beforeAll(async () => {
  checkout = await openCheckout();
  deployment = new Deployment(checkout, 'host');
  await deployment.setUp('--all');
});
afterAll(() => checkout.remove());

/** A docker that answers like one with an engine, compose and buildx, and has all images. */
const docker = (more = '') => `
  ${more}
  case "$*" in
    'version -f '*) echo 26.1.5 ;;
    'compose version --short') echo 2.26.1 ;;
    *' --check') echo "ok    $(sed -E 's/.* -T ([a-z]+) .*/\\1/' <<<"$*")  wallet  needs none" ;;
  esac`;
const made = (target: string, script: string) =>
  deployment.make(target, standIns(checkout.home, { docker: script }).env);

it('a secret that is new in this checkout is made as an empty file before anything is started', async () => {
  const file = join(deployment.secretsFolder, 'SLACK_WEBHOOK_URL');
  rmSync(file);
  await made('ps', docker());
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['', 0o600]);
});

it('make up stops a bot that the settings name no more, and nothing that make observability has started', async () => {
  const stand = standIns(checkout.home, {
    docker: docker(`
      case "$*" in
        *'ps -aq --filter'*) echo c-prometheus; echo c-lpandarb; exit ;;
        *'com.docker.compose.service'*c-*) last=\${!#}; echo "\${last#c-}"; exit ;;
      esac`),
  });
  await deployment.make('up', { ...stand.env, WAIT_SECONDS: '0' });
  expect(stand.calls().filter(call => /^docker (stop|rm) /.test(call))).toEqual([
    'docker stop c-lpandarb',
    'docker rm c-lpandarb',
  ]);
});

describe('without settings', () => {
  it.each(['ps', 'logs', 'up', 'down', 'doctor', 'alerts', 'invariant', 'restart', 'redeploy', 'rollback'])(
    'make %s says which command makes them',
    async target => {
      const { env, calls } = standIns(checkout.home, { docker: '' });
      const outcome = await outcomeOf('make', ['--no-print-directory', target, 'BOT=keeper'], {
        cwd: checkout.folder,
        env: { ...env, CHAIN: 'nowhere' },
      });
      expect(outcome.all).toContain(
        'there is no .env.nowhere: first ./setup-env.sh --chain nowhere --service-bots',
      );
      expect(outcome.code).not.toBe(0);
      expect(calls()).toEqual([]);
    },
  );

  it('make fork-acceptance says that there is no fork', async () => {
    const { all } = await outcomeOf('make', ['fork-acceptance'], {
      cwd: checkout.folder,
      env: { CHAIN: '' },
    });
    expect(all).toContain('so no fork either: first make fork-up FORK_URL=');
  });
});

describe('a host on which docker cannot be used', () => {
  const denied =
    "echo 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock' >&2; exit 1";
  const cases: [string, string, RegExp][] = [
    [
      'a user outside of the group docker',
      denied,
      /may not use the engine: sudo usermod -aG docker \S+, then log in again/,
    ],
    [
      'an engine that is down',
      "echo 'Cannot connect to the Docker daemon' >&2; exit 1",
      /the engine does not answer: sudo systemctl start docker/,
    ],
    [
      'no compose',
      docker('[[ $1 != compose ]] || exit 1'),
      /docker compose is not installed: sudo apt-get install docker-compose/,
    ],
  ];

  it.each(cases)('%s: doctor, up, ps and redeploy say what mends it', async (_, script, message) => {
    for (const target of ['doctor', 'up', 'ps']) {
      const { code, all } = await made(target, script);
      expect(all).toMatch(message);
      expect(all.trim().split('\n').length).toBeLessThan(6);
      expect(code).not.toBe(0);
    }
  });

  it('no docker at all', async () => {
    const path = join(checkout.home, 'without-docker');
    mkdirSync(path);
    for (const folder of String(process.env.PATH).split(':').reverse())
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        rmSync(join(path, name), { force: true });
        if (name !== 'docker') symlinkSync(join(folder, name), join(path, name));
      }
    const { code, all } = await deployment.make('doctor', { PATH: path });
    expect(all).toMatch(/^fail +host +docker +docker is not installed: sudo apt-get install docker.io/m);
    expect(code).not.toBe(0);
  });
});

describe('make doctor', () => {
  it.each([
    [
      '2.26.1',
      "echo ''",
      'Docker Compose version 2.26.1-4',
      /^ok +host +docker +engine 26.1.5, compose 2.26.1-4$/m,
    ],
    ['a version with a v', 'echo v2.40.3', '', /^ok +host +docker +engine 26.1.5, compose 2.40.3$/m],
    [
      'no version',
      "echo ''",
      'Docker Compose version',
      /^warn +host +docker +.*compose gives no version.*2\.24/m,
    ],
    ['an old one', 'echo 2.17.2', '', /^fail +host +docker +compose 2.17.2 is older than 2.24/m],
  ])('compose that tells %s', async (_, short, long, line) => {
    const script = docker(`case "$*" in
      'compose version --short') ${short}; exit ;;
      'compose version') echo '${long}'; exit ;;
    esac`);
    expect((await made('doctor', script)).all).toMatch(line);
  });

  it('names the command for each file and folder that others can read', async () => {
    const file = join(deployment.secretsFolder, 'RPC_URL');
    chmodSync(file, 0o644);
    chmodSync(deployment.secretsFolder, 0o755);
    const { all } = await made('doctor', docker());
    chmodSync(file, 0o600);
    chmodSync(deployment.secretsFolder, 0o700);
    expect(all).toMatch(new RegExp(`^fail +host +secrets .*: chmod 600 ${file}$`, 'm'));
    expect(all).toMatch(new RegExp(`^fail +host +secrets .*: chmod 700 ${deployment.secretsFolder}$`, 'm'));
    expect((await made('doctor', docker())).all).toMatch(/^ok +host +secrets .*mode 700 and 600$/m);
  });

  it('fails where a secret is a folder, which set-up refuses too, and accepts a link to a file', async () => {
    const linked = join(deployment.secretsFolder, 'RPC_URL');
    const folder = join(deployment.secretsFolder, 'WS_RPC_URL');
    renameSync(linked, `${deployment.secretsFolder}-kept`);
    symlinkSync(`${deployment.secretsFolder}-kept`, linked);
    expect((await made('doctor', docker())).all).toMatch(/^ok +host +secrets /m);
    rmSync(folder);
    mkdirSync(folder, 0o700);
    const { all } = await made('doctor', docker());
    expect(all).toMatch(
      new RegExp(`^fail +host +secrets +has to be a file, or a link to one: ${folder};`, 'm'),
    );
    expect(await deployment.setUp('--all')).toMatchObject({
      code: 2,
      all: expect.stringMatching(/^setup-env: .*WS_RPC_URL has to be a file, or a link to one: move it away/),
    });
    rmdirSync(folder);
    rmSync(linked);
    renameSync(`${deployment.secretsFolder}-kept`, linked);
  });

  it('fails where two bots have one wallet, however the key is given', async () => {
    const wallet = '0xAbCdEf0123456789aBcDeF0123456789AbCdEf01';
    const script = docker(`case "$*" in
      *' checkpoint --check') echo 'ok    checkpoint  wallet          ${wallet} holds 1.0 ETH'; exit ;;
      *' keeper --check') echo 'fail  keeper  wallet  ${wallet.toLowerCase()} holds 0.0 ETH'; exit 1 ;;
    esac`);
    const { code, all } = await made('doctor', script);
    expect(all).toMatch(
      new RegExp(
        `^fail +host +keys +checkpoint and keeper have the same key \\(wallet ${wallet.toLowerCase()}\\)`,
        'm',
      ),
    );
    expect(code).not.toBe(0);
    expect((await made('doctor', docker())).all).not.toContain('have the same key');
  });

  it("warns of a watchtower that has the providers and the dead man's switch of the bots", async () => {
    const give = (name: string, text: string) =>
      writeFileSync(join(deployment.secretsFolder, name), text, { mode: 0o600 });
    const rows = async () =>
      (await made('doctor', docker())).all.match(/^\w+ +host +independence .*/gm) ?? [];
    give('RPC_URL', 'https://a.example.com/v2/key,https://b.example.com/key');
    give('WATCHTOWER_RPC_URL', 'https://B.example.com/other-key');
    give('watchtower_HEARTBEAT_URL', 'https://switch.example.com/1');
    give('keeper_HEARTBEAT_URL', 'https://switch.example.com/1');
    expect(await rows()).toEqual([
      expect.stringMatching(/^warn .*providers.*dead man's switch.*it falls silent/),
    ]);
    give('WATCHTOWER_RPC_URL', 'https://c.example.com/key');
    expect(await rows()).toEqual([expect.stringMatching(/^ok .*has providers of its own/)]);
  });

  it('fails where another program has the port of the page', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    appendFileSync(join(checkout.folder, '.env.host'), `WATCHTOWER_PORT=${port}\n`);
    const { all } = await made('doctor', docker());
    server.close();
    expect(all).toMatch(
      new RegExp(
        `^fail +host +page +port ${port} of this machine is in use by another program: set WATCHTOWER_PORT in \\.env\\.host`,
        'm',
      ),
    );
    expect((await made('doctor', docker())).all).not.toMatch(/^\w+ +host +page/m);
  });

  it('is content without an alert channel, as a bot is: it warns', async () => {
    const script = docker(
      "[[ $* != *--check ]] || { echo 'warn  keeper  alert channels  none is set'; exit; }",
    );
    const { all } = await made('doctor', script);
    expect(all.match(/^fail .*/gm) ?? []).toEqual(all.match(/^fail +host +(clock|disk).*/gm) ?? []);
  });
});

describe('a checkout without git', () => {
  const revision = async (folder: string, env: Record<string, string> = {}) =>
    run('bash', ['-c', 'source docker/compose.sh && revision_of checkpoint'], {
      cwd: folder,
      env: { CHAIN: deployment.chain, ...env },
    });

  it('has a revision of its own, which changes with the files of the image and no others', async () => {
    const { folder } = checkout;
    expect(await revision(folder)).toMatch(/^[0-9a-f]{12}$/);
    const git = standIns(checkout.home, { git: "echo 'fatal: not a git repository' >&2; exit 128" });
    const first = await revision(folder, git.env);
    expect(first).toMatch(/^files-[0-9a-f]{12}$/);
    writeFileSync(join(folder, 'notes.txt'), 'of no image');
    expect(await revision(folder, git.env)).toBe(first);
    appendFileSync(join(folder, 'bots/checkpoint/src/main.ts'), '\n');
    expect(await revision(folder, git.env)).not.toBe(first);
    expect(await revision(folder)).toMatch(/^[0-9a-f]{12}-dirty$/);
  });
});
