import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The newest term, and the last text of its holder. Term 0: no copy has ever had the lease. */
export interface Found {
  readonly term: number;
  readonly text: string;
}

/**
 * The folder that the copies of a bot share. Each method is atomic on a local disk and on NFS; none needs a
 * lock.
 */
export interface LeaseFolder {
  look(): Promise<Found>;
  newestTerm(): Promise<number>;
  /** Creates a term. @returns false when another copy has the term already */
  create(term: number, text: string): Promise<boolean>;
  /** Overwrites the text of a term. @throws when the term does not exist any more */
  overwrite(term: number, text: string): Promise<void>;
  /** Deletes terms that are long over. Never throws. */
  prune(term: number): Promise<void>;
}

/**
 * Files of ended terms are kept for this time, by the file server's clock alone. A copy with an outdated view
 * of the folder (an NFS client caches a listing for a minute) must find that a used term is taken.
 */
const keptMs = 3_600_000;

/**
 * Opens the files of a lease in a folder.
 * @param name the beginning of the file names: `<name>.<term>`
 */
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
        // Exclusive creation is the only step that decides. The content may come later without harm: an empty
        // file counts as held.
        const file = await open(pathOf(term), 'wx', 0o600);
        try {
          await file.writeFile(text).finally(() => file.close());
        } catch (error) {
          // On a full disk the empty file would count as held, without a holder.
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
      // The file is never created here: a term whose file was deleted is over.
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
