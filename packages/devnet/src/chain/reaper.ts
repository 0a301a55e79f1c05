import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Kills the process `pid` when this process is gone, in every way: exit, Ctrl-C, a crash, even SIGKILL.
 *
 * A handler on `process` cannot do that (SIGKILL runs none), so a shell waits at the other end of a pipe:
 * when we die the kernel closes the pipe, `read` returns, and the shell kills the child. The shell has a
 * separate session, otherwise Ctrl-C would end it before it could act.
 *
 * @returns a function that ends the watch (call it before killing the child yourself).
 */
export function killWhenParentDies(pid: number): () => void {
  if (process.platform === 'win32') return () => {};
  const reaper: ChildProcess = spawn('/bin/sh', ['-c', `read _; kill -9 ${pid} 2>/dev/null`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  reaper.on('error', () => {});
  reaper.stdin?.on('error', () => {});
  reaper.unref();
  (reaper.stdin as { unref?: () => void } | null)?.unref?.();
  return () => {
    reaper.kill('SIGKILL');
  };
}
