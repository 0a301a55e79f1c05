// The package by itself, as `pnpm pack` makes it, in an empty project outside of the repository: what its README shows.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Anvil, startAnvil } from '@service-bots/devnet';

const run = promisify(execFile);
const core = fileURLToPath(new URL('..', import.meta.url));
const root = join(core, '../..');
const readme = readFileSync(join(core, 'README.md'), 'utf8');
const codeIn = (language: string) => {
  const [, code = ''] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(readme) ?? [];
  expect(code).not.toBe('');
  return code;
};
let project: string;
let anvil: Anvil;
let bot: ChildProcess | undefined;
const installed = (name: string) => join(project, 'node_modules', name);
const env = (more: Record<string, string>) => ({ PATH: process.env.PATH, CHAIN_ID: '31337', ...more });

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'packed-'));
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  await run('npx', ['--yes', packageManager, 'pack', '--pack-destination', project], { cwd: core });
  const [tarball = ''] = readdirSync(project).filter(name => name.endsWith('.tgz'));
  mkdirSync(installed('@service-bots/core'), { recursive: true });
  await run('tar', [
    '-xzf',
    join(project, tarball),
    '--strip-components=1',
    '-C',
    installed('@service-bots/core'),
  ]);
  // Only the declared dependencies, so that an undeclared one is missed.
  const { dependencies } = JSON.parse(
    readFileSync(join(installed('@service-bots/core'), 'package.json'), 'utf8'),
  );
  for (const name of Object.keys(dependencies)) link(name, core);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  anvil = await startAnvil();
});
afterAll(async () => {
  bot?.kill('SIGKILL');
  await anvil?.stop();
  rmSync(project, { recursive: true, force: true });
});

function link(name: string, from: string): void {
  mkdirSync(dirname(installed(name)), { recursive: true });
  symlinkSync(realpathSync(join(from, 'node_modules', name)), installed(name));
}

it('plain Node: the provider of the README answers while its first endpoint is down', async () => {
  writeFileSync(join(project, 'provider.js'), codeIn('js'));
  const { stdout } = await run(process.execPath, ['provider.js'], {
    cwd: project,
    env: env({ RPC_URL: `http://127.0.0.1:9,${anvil.rpcUrl}` }),
  });
  expect(stdout).toBe(`0\n127.0.0.1:9 down\n${new URL(anvil.rpcUrl).host} ok\n`);
});

it('TypeScript: the bot of the README compiles with full checks, runs, raises its alert and stops', async () => {
  writeFileSync(join(project, 'bot.ts'), codeIn('ts'));
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--exactOptionalPropertyTypes'];
  link('@types/node', root);
  await run(join(root, 'node_modules/.bin/tsc'), [...options, '--types', 'node', 'bot.ts'], { cwd: project });
  await anvil.send('anvil_setNextBlockBaseFeePerGas', ['0x174876e800']);
  await anvil.send('evm_mine', []);
  const started = spawn(process.execPath, ['bot.js'], {
    cwd: project,
    env: env({ RPC_URL: anvil.rpcUrl, STATE_DIR: join(project, 'state'), LOG_FORMAT: 'json' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  bot = started;
  const ended = new Promise(resolve => started.once('close', resolve));
  const lines: string[] = [];
  for await (const line of createInterface(started.stdout)) {
    lines.push(JSON.parse(line).message);
    if (line.includes('the base fee is 100 gwei at block 1')) started.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
  expect(lines).toContain('stopped');
});

it('the public API: every entry loads by itself and is listed in the README, and no other path exists', async () => {
  const { exports: named } = JSON.parse(
    readFileSync(join(installed('@service-bots/core'), 'package.json'), 'utf8'),
  );
  const entries = Object.keys(named).map(path => path.replace('./', ''));
  // The peer dependency of `sqlite`.
  link('libsql', core);
  const script = `
    const names = {};
    for (const entry of process.argv.slice(1)) names[entry] = Object.keys(await import('@service-bots/core/' + entry));
    const refused = ['dist/rpc/Endpoint.js', 'rpc/Endpoint', 'alerts/channels'].map(path =>
      import('@service-bots/core/' + path).catch(error => error.code));
    console.log(JSON.stringify({ names, refused: await Promise.all(refused) }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, ...entries], {
    cwd: project,
  });
  const { names, refused } = JSON.parse(stdout) as { names: Record<string, string[]>; refused: unknown[] };
  expect(refused).toEqual(Array(3).fill('ERR_PACKAGE_PATH_NOT_EXPORTED'));
  for (const [entry, exports] of Object.entries(names)) {
    if (exports.length === 0) continue;
    const [, list = ''] = readme.split(`<summary><code>@service-bots/core/${entry}</code>`);
    // Each has a summary, which comes from its TSDoc.
    expect(list.split('</details>')[0]).not.toMatch(/\| \w+ \|\s+\|$/m);
    for (const name of exports) expect(list.split('</details>')[0]).toContain(`| \`${name}\` |`);
  }
});
