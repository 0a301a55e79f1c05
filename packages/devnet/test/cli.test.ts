import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../src/process/temporaryFolder.ts';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI; once it has printed `interruptAt`, presses Ctrl-C. */
function run(args: readonly string[], interruptAt?: RegExp): Promise<CommandResult> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [main, ...args]);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (interruptAt?.test(stdout)) child.kill('SIGINT');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once('close', code => resolve({ code, stdout, stderr }));
  });
}

describe('the command', () => {
  it('default: prints the deployment, stays up until Ctrl-C', async () => {
    const { code, stdout, stderr } = await run(['--port', '0'], /until Ctrl-C/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Devnet 30 Day USDC +0x[0-9a-fA-F]{40} +6 +30 d +1 h\n/);
    expect(stdout).toMatch(/Devnet 7 Day Paused .* paused\n/);
    expect(stdout).toMatch(/export RPC_URI=http:\/\/127\.0\.0\.1:\d+\n/);
    expect(stdout).toMatch(/export REGISTRY_ADDRESS=0x[0-9a-fA-F]{40}\n/);
  });

  it('behavior: JSON, with a chain that mines at an interval', async () => {
    const args = ['--port', '0', '--json', '--block-time', '0.5', '--chain-id', '99'];
    const { code, stdout, stderr } = await run(args, /\n}\n$/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ chainId: 99, env: { REGISTRY_ADDRESS: document.registry } });
    expect(document.pools).toHaveLength(4);
  });

  it('behavior: --prize-pools adds so many, and prints where they are and when they are due', async () => {
    const args = ['--port', '0', '--prize-pools', '2'];
    const { code, stdout, stderr } = await run(args, /until Ctrl-C/);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const due = /Prize pool +First round due\n(0x[0-9a-fA-F]{40} {2}\d{4}-\d\d-\d\dT[\d:]{8}\.000Z\n){2}\n/;
    expect(stdout).toMatch(due);
  });

  it.each([
    [['--prize-pools', 'many'], '--prize-pools must be a whole number from 0 to 1000, not "many"'],
    [['--port', '99999'], '--port must be a port from 0 to 65535, not "99999"'],
    [['--port', '', '--block-time', 'fast'], '--port must be .*; --block-time must be seconds above 0'],
    [['--states-kept', '0'], '--states-kept must be a whole number above 0, not "0"'],
    [['--block-tme', '1'], "Unknown option '--block-tme'"],
    [['start'], "Unexpected argument 'start'"],
  ])('error: %j exits with 2 and one message', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^devnet: .*${message}`));
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('error: a fork of a node that does not answer ends, with the host of the node', async () => {
    const urlFile = join(temporaryFolder('fork-url-'), 'url');
    writeFileSync(urlFile, 'http://127.0.0.1:1/the-key');
    const { code, stdout, stderr } = await run(['--port', '0', '--fork-url-file', urlFile]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^devnet: anvil ended .*127\.0\.0\.1:1 does not answer/);
    expect(stderr).not.toContain('the-key');
  });

  it('behavior: --help', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: pnpm devnet/);
  });
});
