import { spawn } from 'node:child_process';
import type { CommandResult, RunOptions } from './run.ts';

/** A prompt that the test waits for, and the line that it then types. */
export type Answer = readonly [prompt: RegExp, line: string];

/** A prompt is printed just before the command turns the echo off. */
const settleMs = 100;

/**
 * Runs a command on a terminal, and types an answer at each prompt in turn. If a prompt never comes, the rest
 * stays untyped, and the command waits until the test's own timeout.
 */
export function onTerminal(
  command: string,
  answers: readonly Answer[],
  options: RunOptions,
): Promise<CommandResult> {
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const left = [...answers];
  let all = '';
  let answeredTo = 0;
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      all += chunk;
      const [next] = left;
      if (!next?.[0].test(all.slice(answeredTo))) return;
      left.shift();
      answeredTo = all.length;
      setTimeout(() => child.stdin.write(`${next[1]}\n`), settleMs);
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code, stdout: all, all }));
  });
}
