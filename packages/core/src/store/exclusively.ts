import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemClock } from '../clock/index.ts';

/** A command holds the lock for milliseconds: an older lock was left by a process that died. */
const staleMs = 10_000;
const lookEveryMs = 20;

/**
 * Runs `work` while no other process runs its own work for the same path: for reading a file, changing it and
 * writing it back.
 * @param path of the guarded file; the lock is `<path>.lock` beside it
 */
export async function exclusively<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true });
  while (!(await taken(lock))) await systemClock.sleep(lookEveryMs);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await stat(lock).catch(() => undefined);
  if (found && Math.abs(Date.now() - found.mtimeMs) > staleMs) await rm(lock, { force: true });
  return false;
}
