import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams, in the order of their arrival. */
  readonly all: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the command gets a separate process group, as on a terminal. */
  readonly isInterruptible?: boolean;
}

/** Runs a command to its end, without a terminal. */
export function outcomeOf(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<CommandResult> {
  return begin(command, args, options).outcome;
}

/** A running command. `interrupt` is Ctrl-C: the command and all its children get the signal. */
export interface Begun {
  readonly outcome: Promise<CommandResult>;
  interrupt(): void;
}

export function begin(command: string, args: readonly string[], options: RunOptions): Begun {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.isInterruptible ?? false,
  });
  const outcome = new Promise<CommandResult>((resolve, reject) => {
    let stdout = '';
    let all = '';
    child.stdout.on('data', chunk => {
      stdout += chunk;
      all += chunk;
    });
    child.stderr.on('data', chunk => {
      all += chunk;
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code, stdout, all }));
  });
  return { outcome, interrupt: () => process.kill(-(child.pid as number), 'SIGINT') };
}

/** Returns the output of a command. @throws Error with its whole output when it fails */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, all } = await outcomeOf(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${all.slice(-4_000)}`);
  return stdout.trim();
}
