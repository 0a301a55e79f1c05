import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The newest term, and what its holder last wrote. Term 0: nobody has ever had the lease. */
export interface Found {
  readonly term: number;
  readonly text: string;
}

/** Where copies of a bot meet. Each method is atomic on a local disk and on NFS; none needs a lock. */
export interface LeaseFolder {
  look(): Promise<Found>;
  newestTerm(): Promise<number>;
  /** @returns false when somebody has the term already */
  create(term: number, text: string): Promise<boolean>;
  /** @throws when there is no such term any more */
  overwrite(term: number, text: string): Promise<void>;
  /** Forgets terms that are long over. Never throws. */
  prune(term: number): Promise<void>;
}

/**
 * Files of ended terms stay for so long, by the file server's clock alone: whoever has an old view of the folder (an NFS
 * client remembers a listing for a minute) must find a term taken that is taken.
 */
const keptMs = 3_600_000;

/** @param name what the files begin with: `<name>.<term>` */
export function leaseFolder(folder: string, name: string): LeaseFolder {
  const prefix = `${name}.`;
  const pathOf = (term: number) => join(folder, `${prefix}${term}`);

  async function terms(): Promise<number[]> {
    const names = await readdir(folder);
    return names
      .filter(each => each.startsWith(prefix) && /^\d+$/.test(each.slice(prefix.length)))
      .map(each => Number(each.slice(prefix.length)));
  }
  const newestTerm = async () => Math.max(0, ...(await terms()));

  return {
    newestTerm,
    async look() {
      await mkdir(folder, { recursive: true });
      const term = await newestTerm();
      return { term, text: term === 0 ? '' : await readFile(pathOf(term), 'utf8') };
    },
    async create(term, text) {
      try {
        // Exclusive creation is the one step that decides. That the content comes later does no harm: an empty file
        // counts as held.
        const file = await open(pathOf(term), 'wx', 0o600);
        try {
          await file.writeFile(text).finally(() => file.close());
        } catch (error) {
          // On a disk that is full; it would count as held, by nobody.
          await rm(pathOf(term), { force: true });
          throw error;
        }
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      }
    },
    async overwrite(term, text) {
      // Never created anew: a term that somebody has cleared away is over.
      const file = await open(pathOf(term), 'r+');
      await file.write(text, 0).finally(() => file.close());
    },
    async prune(term) {
      try {
        const { mtimeMs: nowMs } = await stat(pathOf(term));
        for (const each of await terms()) {
          if (each < term && nowMs - (await stat(pathOf(each))).mtimeMs > keptMs) await rm(pathOf(each));
        }
      } catch {
        // The next holder tries again.
      }
    },
  };
}
