import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ZodType } from 'zod';

export { exclusively } from './exclusively.ts';

/** A small piece of state on disk: one JSON file, replaced whole, so that a crash leaves the old or the new. */
export interface Store<T> {
  /** What was last written; `empty()` when there is nothing or nothing usable. */
  read(): Promise<T>;
  write(value: T): Promise<void>;
}

/**
 * @param path the file; its folder is made when missing
 * @param schema what a usable file looks like; one that does not fit is set aside as `<path>.unreadable`
 * @param onUnreadable told where the unusable file went, so that somebody hears of it
 */
export function fileStore<T>(
  path: string,
  schema: ZodType<T>,
  empty: () => T,
  onUnreadable: (movedTo: string, cause: unknown) => void,
): Store<T> {
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

/** A store that is only written to when `fence` lets it be. */
export function fencedStore<T>(store: Store<T>, fence: () => Promise<void>): Store<T> {
  return {
    read: () => store.read(),
    async write(value) {
      await fence();
      await store.write(value);
    },
  };
}

/** A store that forgets, for dry runs and tests. */
export function memoryStore<T>(initial: T): Store<T> {
  let value = initial;
  return {
    read: async () => value,
    write: async next => {
      value = next;
    },
  };
}
