import { fileURLToPath } from 'node:url';
import { command } from './command.ts';

process.exitCode = await command(process.argv.slice(2), {
  env: process.env,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  print: line => process.stdout.write(`${line}\n`),
});
