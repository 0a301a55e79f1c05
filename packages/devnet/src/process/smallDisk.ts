import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** A separate file system, small enough to be filled up. */
export interface SmallDisk {
  readonly path: string;
  /** Uses all free space: from now on a write that needs room fails with ENOSPC. */
  fill(): void;
  /** Frees the space that `fill` used. */
  free(): void;
  /**
   * From now on a file that is opened for writing, made or removed fails with EROFS, or works again. Files that
   * are open already can still be written.
   */
  setReadOnly(isReadOnly: boolean): void;
  close(): void;
}

/** @throws Error where this user may not mount, even by `sudo` without a password */
export function openSmallDisk(sizeKilobytes = 256): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const filler = join(path, 'filler');
  const owner = `uid=${process.getuid?.()},gid=${process.getgid?.()},mode=700`;
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${sizeKilobytes}k,${owner}`, 'small-disk', path);
  let isCovered = false;
  const setReadOnly = (isReadOnly: boolean): void => {
    if (isReadOnly === isCovered) return;
    isCovered = isReadOnly;
    if (!isReadOnly) {
      asRoot('umount', '--lazy', path);
      return;
    }
    // A second mount over the first: the kernel makes none read-only while a file of it is open for writing.
    asRoot('mount', '--bind', path, path);
    asRoot('mount', '-o', 'remount,bind,ro', path);
  };
  return {
    path,
    fill() {
      const file = openSync(filler, 'w');
      try {
        for (let chunk = 4_096; chunk >= 1; )
          if (writeSync(file, Buffer.alloc(chunk)) < chunk) chunk = Math.floor(chunk / 2);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    setReadOnly,
    close() {
      setReadOnly(false);
      asRoot('umount', '--lazy', path);
      rmdirSync(path);
    },
  };
}

function asRoot(command: string, ...args: readonly string[]): void {
  const isRoot = process.getuid?.() === 0;
  const [file, all] = isRoot ? [command, args] : ['sudo', ['-n', command, ...args]];
  execFileSync(file, all, { stdio: ['ignore', 'ignore', 'pipe'] });
}
