// Does what CONTRIBUTING.md says for a new bot, check, channel or chain, on a copy of the tree, and checks the result there.
//   node recipes/try.mjs [bot] [check] [channel] [chain]   all of them unless named; the packages have to be built
//   … --full                                               instead: the commands of the recipe as they stand, `make check` among them
// The files of a recipe are in the folder of its name, at their places in the tree; the rows of files that exist are in rows.json.
import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** The most files that a person touches. For a bot: outside of its folder. */
const most = { bot: 2, check: 4, channel: 3, chain: 1 };
const names = positionals.length > 0 ? positionals : Object.keys(most);
const recipes = names.map(readRecipe);

const copy = mkdtempSync(join(tmpdir(), 'recipes-'));
try {
  copyTree();
  for (const { files, rows, folder } of recipes) {
    for (const file of files) cpSync(join(folder, file), join(copy, file), { recursive: true });
    for (const row of rows) insert(row);
  }
  if (options.full) await runCommands();
  else await checkFast();
  for (const { name, touched, counted } of recipes)
    process.stdout.write(
      `${name}: ${touched.length} files touched by hand${name === 'bot' ? `, ${counted.length} outside of its folder` : ''}\n`,
    );
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/**
 * Returns a recipe, from its section of CONTRIBUTING.md and its folder.
 * @throws Error when these two differ, or when too many files are touched
 */
function readRecipe(name) {
  const section = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
    .split(/^## /m)
    .find(text => text.startsWith(`Adding a ${name}\n`));
  if (!section || !(name in most))
    throw new Error(`CONTRIBUTING.md has no recipe for a ${name}: one of ${Object.keys(most).join(', ')}`);
  const blockOf = language =>
    new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1] ?? '';
  const shown = [...blockOf('diff').matchAll(/^[+!] (\S+)/gm)].map(([, path]) => path).sort();
  const folder = join(root, 'recipes', name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== 'rows.json')
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const rowsFile = join(folder, 'rows.json');
  const rows = existsSync(rowsFile) ? JSON.parse(readFileSync(rowsFile, 'utf8')) : [];
  const touched = [...new Set([...files, ...rows.map(({ file }) => file)])].sort();
  if (shown.join() !== touched.join())
    throw new Error(
      `CONTRIBUTING.md, "Adding a ${name}", shows\n  ${shown.join('\n  ')}\nand recipes/${name} touches\n  ${touched.join('\n  ')}`,
    );
  const counted = touched.filter(path => name !== 'bot' || !path.startsWith('bots/example/'));
  if (counted.length > most[name])
    throw new Error(`a ${name} touches ${counted.length} files, and ${most[name]} at most`);
  const commands = blockOf('sh')
    .split('\n')
    .map(line => line.replace(/ +#.*/, ''))
    .filter(Boolean);
  return { name, folder, files, rows, touched, counted, commands };
}

/** Copies all files of the checkout; what was built and installed too, unless the recipe's own commands do that. */
function copyTree() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  const paths = listed
    .toString()
    .split('\0')
    .filter(path => path && existsSync(join(root, path)));
  if (!options.full) {
    const packages = paths
      .filter(path => /(^|\/)package\.json$/.test(path) && !path.startsWith('recipes/'))
      .map(dirname);
    for (const folder of packages)
      for (const name of folder === '.' ? [] : ['dist', 'node_modules'])
        if (existsSync(join(root, folder, name))) paths.push(join(folder, name));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  }
  const archive = execFileSync('tar', ['-c', '--null', '-T', '-'], {
    cwd: root,
    input: paths.join('\0'),
    maxBuffer: 2 ** 30,
  });
  execFileSync('tar', ['-x', '-C', copy], { input: archive });
}

/** Inserts a row into a file, before the first occurrence of a text. */
function insert({ file, before, row }) {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  const at = text.indexOf(before);
  if (at === -1) throw new Error(`${file} has no ${JSON.stringify(before)}`);
  writeFileSync(path, text.slice(0, at) + row + text.slice(at));
}

/** Runs the commands of the recipes as they stand. */
async function runCommands() {
  // The copy is no repository, and its recipes are done: their own test would do them again.
  rmSync(join(copy, 'ops/src/recipes.test.ts'));
  for (const command of new Set(recipes.flatMap(({ commands }) => commands)))
    await runIn('.', 'bash', '-c', command);
}

/** Builds, generates and checks only what the recipes touch. */
async function checkFast() {
  const touched = recipes.flatMap(recipe => recipe.touched);
  linkNewPackages(touched);
  const formatted = [...new Set(touched.filter(path => !path.endsWith('.md')))];
  const packages = [
    ...new Set(touched.map(path => /^(?:packages|bots)\/[^/]+/.exec(path)?.[0]).filter(Boolean)),
  ];
  await runIn('.', 'biome', 'format', '--write', ...formatted);
  // Core before the bots, which import what it builds. The types are checked below, with those of the tests.
  for (const folder of packages.sort().reverse())
    await runIn(folder, 'tsc', '-p', 'tsconfig.build.json', '--noCheck');
  const generate = async () => {
    await runIn('.', 'node', 'docs/generate.mjs');
    await runIn('.', 'node', 'docs/generate.mjs', '--check');
    const generated = ['compose.yaml', 'docs', 'docker', 'deploy', '.github', 'packages/core/package.json'];
    await runIn('.', 'biome', 'check', ...formatted, ...generated);
    const pages = touched.filter(path => path.startsWith('docs/runbooks/')).map(path => path.slice(14, -3));
    if (pages.length > 0)
      await runIn('ops', 'jest', '--maxWorkers=1', 'runbooks', '-t', `(${pages.join('|')})`);
  };
  const checkTypes = async () => {
    for (const folder of packages) await runIn(folder, 'tsc', '-p', 'tsconfig.json', '--noEmit');
  };
  const testAndBundle = async () => {
    const tests = touched.filter(path => path.endsWith('.test.ts'));
    if (packages.includes('packages/core')) tests.push('packages/core/src/chains/chains.test.ts');
    await runIn('.', 'jest', '--maxWorkers=1', '--runTestsByPath', ...tests);
    for (const folder of packages) await runIn(folder, 'node', '../../bundle.mjs');
  };
  // Side by side: a machine of CI has several cores, and each step leaves some of its time unused.
  const ended = await Promise.allSettled([generate(), checkTypes(), testAndBundle()]);
  for (const { reason } of ended) if (reason) throw reason;
}

/** Gives each new package its links, as `pnpm install` makes them. */
function linkNewPackages(touched) {
  for (const folder of new Set(touched.filter(path => path.endsWith('package.json')).map(dirname))) {
    const { dependencies } = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8'));
    const from = join(copy, 'bots/invariant/node_modules');
    for (const name of Object.keys(dependencies))
      cpSync(join(from, name), join(copy, folder, 'node_modules', name), {
        verbatimSymlinks: true,
        recursive: true,
      });
  }
}

async function runIn(folder, program, ...args) {
  const local = join(copy, 'node_modules/.bin', program);
  try {
    await promisify(execFile)(existsSync(local) ? local : program, args, {
      cwd: join(copy, folder),
      maxBuffer: 2 ** 30,
    });
  } catch (error) {
    throw new Error(
      `${program} ${args.join(' ')} in ${folder}:\n${error.stdout ?? ''}${error.stderr ?? error.message}`,
    );
  }
}
