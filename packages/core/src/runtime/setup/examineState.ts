import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fail, ok } from './finding.ts';

const fewestFreeBytes = 200_000_000;

/** Returns whether the state folder can be written and has room. */
export async function examineState(folder: string): Promise<Finding> {
  const what = 'disk';
  const probe = join(folder, `.check-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const free = `${(freeBytes / 1e9).toFixed(1)} GB free`;
    return freeBytes < fewestFreeBytes
      ? fail(what, `${folder}: only ${free}`)
      : ok(what, `${folder}: ${free}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(what, `STATE_DIR ${folder} cannot be written (${code})`);
  }
}
