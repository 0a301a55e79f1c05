import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ZodType } from 'zod';
import { type Clock, systemClock } from '../clock/index.ts';

/** A small piece of state on disk: one JSON file, replaced whole, so that a crash leaves the old or the new. */
export interface Store<T> {
  /** Returns the last written value; `empty()` when there is no file or no usable one. */
  read(): Promise<T>;
  write(value: T): Promise<void>;
}

/** Options of `fileStore`. */
export interface FileStoreOptions<T> {
  /** The file; its folder is created when missing. */
  path: string;
  /** The schema of a usable file; a file that does not fit is set aside as `<path>.unreadable`. */
  schema: ZodType<T>;
  empty(): T;
  /** Called with the new path of an unusable file, so that an alert can be raised. */
  onUnreadable(movedTo: string, cause: unknown): void;
}

/** Opens a store in a file. */
export function fileStore<T>({ path, schema, empty, onUnreadable }: FileStoreOptions<T>): Store<T> {
  let writing: Promise<void> = Promise.resolve();

  async function replace(text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.new`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  }

  return {
    async read() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty();
        throw error;
      }
      try {
        return schema.parse(JSON.parse(text));
      } catch (cause) {
        const aside = `${path}.unreadable`;
        await rename(path, aside);
        onUnreadable(aside, cause);
        return empty();
      }
    },
    write(value) {
      const text = JSON.stringify(value);
      writing = writing.catch(() => undefined).then(() => replace(text));
      return writing;
    },
  };
}

/** Returns a store that is written only when `fence` resolves. */
export function fencedStore<T>(store: Store<T>, fence: () => Promise<void>): Store<T> {
  return {
    read: () => store.read(),
    async write(value) {
      await fence();
      await store.write(value);
    },
  };
}

/** Returns a store in memory, for dry runs and tests. */
export function memoryStore<T>(initial: T): Store<T> {
  let value = initial;
  return {
    read: async () => value,
    write: async next => {
      value = next;
    },
  };
}

/** A command holds the lock for milliseconds: a process that died left a lock that stays longer. */
const staleMs = 10_000;
const lookEveryMs = 20;

/**
 * Runs `work` while no other process runs its own work for the same path: for reading a file, changing it and
 * writing it back. A lock is stale once this process has seen it unchanged for ten seconds: a comparison of the
 * wall clock with the file's time would break a fresh lock wherever one of the two is wrong, as on a shared folder.
 * @param path of the guarded file; the lock is `<path>.lock` beside it
 */
export async function exclusively<T>(
  path: string,
  work: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(path), { recursive: true });
  let seen: { readonly lock: string | undefined; readonly sinceMs: number } | undefined;
  while (!(await isTaken(lock))) {
    const found = await identityOf(lock);
    if (seen === undefined || found !== seen.lock) seen = { lock: found, sinceMs: clock.monotonicMs() };
    else if (found !== undefined && clock.monotonicMs() - seen.sinceMs > staleMs) {
      await rm(lock, { force: true });
      seen = undefined;
    }
    await clock.sleep(lookEveryMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Creates the lock. @returns whether this process has it; false while another one has */
async function isTaken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Returns a text that differs between two locks in the same place; undefined without a lock. */
async function identityOf(lock: string): Promise<string | undefined> {
  const found = await stat(lock, { bigint: true }).catch(() => undefined);
  return found && `${found.ino} ${found.mtimeNs}`;
}
