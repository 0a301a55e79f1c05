import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts a process that the kernel kills when this process ends, for any reason. */
export function startDaemon(...command: readonly string[]): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: 'ignore' });
}

/** Kills a process, by default the daemon itself, and waits until the daemon has ended. */
export async function end(daemon: ChildProcess, pid = daemon.pid): Promise<void> {
  if (pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exit = once(daemon, 'exit');
  process.kill(pid, 'SIGKILL');
  await exit;
}
