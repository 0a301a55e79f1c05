import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { LogLine } from '@service-bots/devnet';
import { checkBlock } from '../src/cli/checkBlock.ts';
import { parseOptions } from '../src/cli/parseOptions.ts';
import { exitCodeOf, printed } from '../src/cli/printed.ts';
import type { Scene } from './scene.ts';

const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const run = promisify(execFile);

/** Runs `pnpm invariant …` against a scene's chain. */
export async function invariant({ anvil }: Scene, args: readonly string[]) {
  const env = { PATH: process.env.PATH, RPC_URI: anvil.rpcUrl };
  try {
    return { code: 0, ...(await run('node', [command, ...args], { env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

/**
 * Expects that the command in an alert arrives at the same finding, with every number of the alert. It runs
 * in this process: a separate one, as in command.test.ts, takes a second of CPU each time.
 */
export async function expectReproduced(scene: Scene, told: LogLine): Promise<void> {
  const { check, severity, block, comparedWith, reproduce, numbers } = told;
  const [pnpm, name, ...args] = String(reproduce).split(' ');
  expect([pnpm, name]).toEqual(['pnpm', 'invariant']);
  const options = parseOptions(args);
  if (options === 'help') throw new Error(`the command of ${check} asks for help: ${String(reproduce)}`);
  const checked = await checkBlock(options, { RPC_URI: scene.anvil.rpcUrl });
  const stdout = printed(checked);
  expect(stdout).toContain(`\nblock ${block} `);
  expect(stdout).toContain(`\ncompared with block ${comparedWith} `);
  expect(stdout).toMatch(new RegExp(`^${check} FAILS \\(${severity}\\): `, 'm'));
  const verdict = stdout.slice(stdout.indexOf(`\n${check} FAILS`)).replaceAll(/ {2,}/g, ' ');
  for (const [what, text] of Object.entries(numbers as Record<string, string>))
    expect(verdict).toContain(`\n ${what} ${text}`.replaceAll(/ {2,}/g, ' '));
  expect(exitCodeOf(checked)).toBe(1);
}
