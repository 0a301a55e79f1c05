import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { botKinds } from '../history/index.ts';

const bundle = readFileSync(new URL('../../../bundle.mjs', import.meta.url), 'utf8');
const external = /external: \[(.*)\]/.exec(bundle)?.[1]?.match(/[\w@/-]+/g) ?? [];

it.each(botKinds)("%s's program finds the packages that stay outside of its bundle", bot => {
  const program = new URL(`../../../bots/${bot}/dist/main.js`, import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', program), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // A bot without a database does not load its driver.
  const loaded = external.filter(name => name !== 'libsql' || name in dependencies);
  expect(loaded).toEqual(expect.arrayContaining(['nodemailer', 'yaml']));
  // In a process of its own: jest's NODE_PATH shows every package to all of them.
  const script = `for (const name of ${JSON.stringify(loaded)}) require('node:module').createRequire(${JSON.stringify(fileURLToPath(program))}).resolve(name)`;
  execFileSync(process.execPath, ['-e', script], { env: {}, stdio: 'pipe' });
});
