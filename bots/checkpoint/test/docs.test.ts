import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { declarations } from '@service-bots/core/config';
import { weeklyPool } from '@service-bots/devnet';
import { parse } from 'yaml';
import type { z } from 'zod';
import { openScene } from './scene.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pagesUnder = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name));
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'demo/README.md'],
  ...['packages/core/README.md', 'packages/devnet/README.md', ...pagesUnder('deploy'), ...pagesUnder('docs')],
];
/** Pages that are written by hand. */
const written = pages.filter(page => !page.startsWith('docs/reference/'));
const runbooks = pagesUnder('docs/runbooks').map(path => basename(path, '.md'));

/** Every bot that has a page, and its variables from the built code. */
const bots: { name: string; page: string; schema: z.ZodObject }[] = [];
// The imports run one after the other: jest links simultaneous imports in the wrong order.
for (const name of readdirSync(join(root, 'bots'))) {
  const page = `docs/${name}.md`;
  if (!existsSync(join(root, page))) continue;
  const { [`${name}Config`]: schema } = await import(join(root, 'bots', name, 'dist', 'config.js'));
  bots.push({ name, page, schema });
}

/** Returns the text that is not code. */
const proseOf = (page: string) => page.replace(/```[\s\S]*?```|`[^`]*`/g, '');
/** Returns blocks and spans of code. */
const codeOf = (page: string) => (page.match(/```[\s\S]*?```|`[^`]*`/g) ?? []).join('\n');
const linksOf = (page: string) => [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
/** Returns GitHub's anchors. */
const anchorsOf = (page: string) =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('what is generated', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (...more: string[]) => run('node', ['docs/generate.mjs', '--check', ...more], { cwd: root });

  it('default: is up to date', async () => {
    await expect(check()).resolves.toEqual({ stdout: '', stderr: '' });
  });

  it('behavior: a stale file is named, with the command that mends it', async () => {
    const generated = ['docs', '.env.example', 'docker', 'deploy', 'README.md', 'compose.yaml', '.github'];
    for (const path of [...generated, 'packages/core/README.md', 'packages/core/package.json'])
      cpSync(join(root, path), join(folder, path), { recursive: true });
    for (const path of ['docs/reference/checkpoint.md', 'docs/runbooks/index.md', '.env.example'])
      writeFileSync(
        join(folder, path),
        read(path).replace(/the bot crashed|WAITING_PERIOD/g, 'something else'),
      );
    await expect(check('--root', folder)).rejects.toMatchObject({
      code: 1,
      stderr: ['docs/reference/checkpoint.md', 'docs/runbooks/index.md', '.env.example']
        .map(path => `${path} is out of date: run \`make docs\`\n`)
        .join(''),
    });
  });
});

describe('the lists of bots outside of their folders', () => {
  const { services, volumes } = parse(read('compose.yaml'), { merge: true });
  it.each(bots)('$name', ({ name, page, schema }) => {
    expect(services[name]).toMatchObject({
      profiles: [name],
      image: expect.stringContaining(`/${name}:`),
      volumes: expect.arrayContaining([`${name}-state:/state`]),
    });
    expect(Object.keys(volumes)).toContain(`${name}-state`);
    expect(read('README.md')).toContain(`| [${name}](${page})`);
    const { jobs } = parse(read('.github/workflows/images.yaml'));
    expect(jobs.images.strategy.matrix.name).toContain(name);
    // The fork gives funds to each bot that works only with a wallet.
    for (const { name: key, walletKey } of declarations(schema)) {
      if (walletKey !== 'always') continue;
      expect(services.fork.secrets).toContain(key);
      expect(services.fork.command.at(-1).split(',')).toContain(`/run/secrets/${key}`);
    }
  });
});

it('a key of service.yaml takes the place of the usual one in compose.yaml, and its comments stay', async () => {
  const { renderServices } = await import(join(root, 'docs/lists.mjs'));
  const service = '# It needs more.\nvolumes: ["data:/data"]\ndeploy: { replicas: 1 }\n';
  const text: string = renderServices([{ name: 'big', summary: 'does much', groups: ['all'], service }]);
  expect(text.match(/^ +volumes:.*$/gm)).toEqual(['    volumes: ["data:/data"]']);
  expect(text).toContain('    # It needs more.\n');
  expect(text).toContain('    deploy: { replicas: 1 }\n');
  expect(text).toContain('    profiles: [big]\n');
});

describe('runbooks', () => {
  it('their two commands work', async () => {
    const scene = await openScene([weeklyPool('Documented')]);
    try {
      const bot = scene.startBot();
      await bot.waitForLine(({ message }) => message === 'round completed');
      const { port } = await bot.waitForLine(({ message }) => message === 'status server listens');
      const all = runbooks.map(name => read(`docs/runbooks/${name}.md`)).join('\n');
      const functions = /```sh\n(status\(\)[\s\S]*?)```/.exec(all)?.[1];
      // The fields of the details differ for each bot.
      const used = [...new Set(all.match(/(?<=`)status (?:'[^']+'|[.\w]+)(?=`)/g))].filter(
        command => !command.includes('details'),
      );
      expect(used.length).toBeGreaterThan(8);
      const script = `set -e\n${functions}\n${used.join('\n')}\nrpc eth_chainId\nrpc eth_getCode '["${scene.devnet.registry}","latest"]'`;
      const env = { PATH: process.env.PATH, STATUS_PORT: String(port), NODE: scene.anvil.rpcUrl };
      const { stdout } = await run('sh', ['-c', script], { env });
      expect(stdout).toContain('"result":"0x7a69"}\n');
      expect(stdout).toMatch(/"result":"0x60[0-9a-f]{100,}"}\n$/);
      // A field that /status does not have prints as this.
      expect(stdout).not.toContain('undefined');
    } finally {
      await scene.close();
    }
  });
});

describe('every page', () => {
  it.each(pages)('%s: relative links lead somewhere', page => {
    const dead = linksOf(read(page)).filter(to => {
      if (/^[a-z]+:/.test(to)) return false;
      const [path = '', anchor] = to.split('#');
      const target = path === '' ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  // Generated tables do not count.
  it.each(written)('%s: has at most 120 lines', page => {
    const text = read(page).replace(/<!-- (\w+) -->[\s\S]*?<!-- \1 -->/g, '');
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(120);
  });

  it.each(written)('%s: the files that it names exist', page => {
    const named = read(page).matchAll(/`((?:[\w@.-]+\/)+[\w.-]+\.(?:ts|mjs|sh|json|yaml))`/g);
    const folders = ['packages/core', ...bots.map(({ name }) => `bots/${name}`)];
    const from = ['', dirname(page), ...folders, ...folders.map(folder => `${folder}/src`)];
    const missing = [...named]
      .map(([, path = '']) => path)
      .filter(path => !from.some(folder => existsSync(join(root, folder, path))));
    expect(missing).toEqual([]);
  });

  it.each(written)('%s: is reached from README.md', page => {
    const reached = new Set(['README.md']);
    for (const from of reached)
      for (const to of linksOf(read(from))) {
        const path = relative(root, join(root, dirname(from), to.split('#')[0] ?? ''));
        if (path.endsWith('.md') && existsSync(join(root, path))) reached.add(path);
      }
    expect([...reached]).toContain(page);
  });

  it.each(pages)('%s: its commands exist', page => {
    const code = codeOf(read(page));
    const rules = [...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map(([, name]) => name);
    for (const [, target] of code.matchAll(/(?:^|[`\n])make ([a-z0-9-]+)/g)) expect(rules).toContain(target);
    const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string };
    for (const [pinned] of code.matchAll(/pnpm@[\d.]+/g)) expect(pinned).toBe(packageManager);
    for (const [path] of code.matchAll(/(?<=node [^\n]*)(?:bots|packages|demo)\/\S+\.js/g))
      expect(existsSync(join(root, path))).toBe(true);
  });
});

describe('variables', () => {
  const variables = bots.flatMap(({ name: bot, schema }) =>
    declarations(schema).map(({ name, names, example }) => ({
      bot,
      name,
      names,
      example,
      field: schema.shape[name] as z.ZodType,
    })),
  );

  it.each(variables)('the example of $name ($bot) is a right value', ({ field, example }) => {
    expect(field.safeParse(example).error).toBeUndefined();
  });

  it.each([{ page: 'README.md', of: bots }, ...bots.map(bot => ({ page: bot.page, of: [bot] }))])(
    '$page names no variable that does not exist',
    ({ page, of }) => {
      const known = variables
        .filter(({ bot }) => of.some(({ name }) => name === bot))
        .flatMap(({ names }) => names.flatMap(each => [each, `${each}_FILE`]));
      const spans = read(page).match(/(?<=`)[A-Z]+(?:_[A-Z]+)+(?=[`=])/g) ?? [];
      expect(spans.filter(name => !known.includes(name) && name !== 'NAME_FILE')).toEqual([]);
    },
  );
});
