import { withDeadline } from '../../clock/index.ts';
import type { Line } from '../model/schemas.ts';
import { FileChanged, LineFile, type Place } from './LineFile.ts';

export interface LedgerTrouble {
  /**
   * Part of the file was invalid or could not be read. The file was kept at `keptAt`, and its valid part is
   * used.
   */
  unreadable(keptAt: string): void;
  /** No line is saved until further notice. Reported once each time. */
  unwritable(reason: string): void;
  /** Every line is saved again, after `unwritable`. */
  writable(): void;
  /** Another program cut, deleted or replaced the file; it was rewritten from memory. */
  changed(): void;
  /** Whether this process may write the file. @default always */
  mayWrite?(): boolean;
}

export interface LedgerFileOptions {
  path: string;
  /** The state of the file at the start. */
  found: { bytes: number; isDamaged: boolean } | { error: unknown };
  trouble: LedgerTrouble;
  /**
   * Returns everything that has to be in the file now.
   * @param read returns a line of the present file
   */
  contents(read: (place: Place) => Promise<unknown>): AsyncIterable<Added>;
  patience?: DiskPatience | undefined;
}

export interface DiskPatience {
  /** How long a delivery waits for the disk, in ms. @default 1 s */
  mostDelayMs: number;
  /** A system call that has not returned for this long hangs, in ms. @default 5 s */
  hangsAfterMs: number;
}

export interface Added {
  line: Line;
  /** Called with the place of the line once it is on disk. A line that is only in memory has no place. */
  placed?: ((place: Place) => void) | undefined;
}

/** A file below this size is not compacted. */
const smallBytes = 1_048_576;
/** The pause after a failed write. */
const retryMs = 5_000;
/** A busy disk takes seconds to sync; a call to a file server that is gone never returns. */
const usualPatience: DiskPatience = { mostDelayMs: 1_000, hangsAfterMs: 5_000 };
/** A sync delays the writers of the file, so the file is not synced with every line. */
const syncAfterMs = 200;

class Hangs extends Error {
  readonly code = 'it does not answer';
}

/**
 * Writes the ledger's lines to its file. The process never waits for the disk: a folder that hangs would stop
 * it in the middle of a system call. Only a single call is under way at a time, since each call that hangs
 * keeps one of the four threads that also resolve host names. While the disk cannot be written every line is
 * in memory, and the file is rewritten from there as soon as it can be.
 */
export class LedgerFile {
  readonly #options: LedgerFileOptions;
  readonly #file: LineFile;
  #added: Added[] = [];
  /** Whether memory holds lines that the file lacks, so that the file has to be rewritten. */
  #isStale: boolean;
  /** Where the present file is kept before it is replaced. */
  #keepAt: string | undefined;
  #isUnread = false;
  /** Whether the last write failed and was reported. */
  #isFailing = false;
  /** No write is attempted before this time of the monotonic clock. */
  #retryAt = 0;
  #rewriteAt = smallBytes;
  #isHanging = false;
  #isScheduled = false;
  #isSyncing = false;
  #isClosed = false;
  /** Ends when no call is under way. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerFileOptions) {
    const { path, found, trouble } = options;
    this.#options = options;
    const bytes = 'bytes' in found ? found.bytes : 0;
    this.#file = new LineFile(path, bytes);
    // This process writes a file of its own, since an earlier process may still hold the old file open.
    this.#isStale = bytes > 0;
    if ('error' in found) {
      this.#isUnread = true;
      this.#keepAt = `${path}.unreadable`;
      this.#failed(found.error);
      // The file is set aside as soon as that is possible.
      this.#retryAt = 0;
    } else if (found.isDamaged) {
      this.#keepAt = `${path}.unreadable`;
      this.#isStale = true;
      trouble.unreadable(this.#keepAt);
    }
    this.#schedule();
  }

  add(added: Added): void {
    if (this.#takesLines) this.#added.push(added);
    else this.#isStale = true;
    this.#schedule();
  }

  /** Checks whether the file is still as it was written, and rewrites it if not. */
  check(): void {
    this.#schedule();
  }

  /** Rewrites the file. */
  renew(): void {
    this.#isStale = true;
    this.#schedule();
  }

  /** Resolves once every line so far is on disk, or the time for the disk has passed. Never rejects. */
  async saved(): Promise<void> {
    if (!this.#isScheduled) return;
    const settled = async () => {
      while (this.#isScheduled && !this.#isHanging) await this.#turn;
    };
    await withDeadline(settled(), this.#patience.mostDelayMs, () => new Hangs()).catch(() => undefined);
  }

  async read(place: Place): Promise<unknown> {
    return this.inTurn(async () => {
      try {
        return await this.#file.read(place);
      } finally {
        // A read after the close opens the file again.
        if (this.#isClosed) await this.#file.close();
      }
    });
  }

  /**
   * Runs other work in the folder of the file.
   * @throws at once while the folder hangs, or as soon as the work hangs
   */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#turn.then(() => this.#bounded(work));
    this.#turn = own.catch(() => undefined);
    return own;
  }

  /** Closes the file; no line is written any more. */
  close(): void {
    this.#isClosed = true;
    if (!this.#isHanging) void this.#turn.then(() => this.#file.close()).catch(() => undefined);
  }

  get #patience(): DiskPatience {
    return this.#options.patience ?? usualPatience;
  }

  get #takesLines(): boolean {
    return !this.#isStale && !this.#isHanging && this.#isOurs;
  }

  get #isOurs(): boolean {
    return !this.#isClosed && (this.#options.trouble.mayWrite?.() ?? true);
  }

  async #bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isHanging) throw new Hangs();
    const working = work();
    return withDeadline(working, this.#patience.hangsAfterMs, () => {
      this.#isHanging = true;
      const answered = () => {
        this.#isHanging = false;
        this.#retryAt = 0;
        this.#schedule();
      };
      working.then(answered, answered);
      return new Hangs();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isHanging || !this.#isOurs) return;
    if (performance.now() < this.#retryAt) return;
    this.#isScheduled = true;
    void this.inTurn(() => this.#write())
      .catch(error => this.#failed(error))
      .finally(() => {
        this.#isScheduled = false;
        if (this.#added.length > 0 || this.#isStale) this.#schedule();
      });
  }

  async #write(): Promise<void> {
    if (!this.#isOurs) return;
    const added = this.#added.splice(0);
    let isChanged = false;
    try {
      if (this.#isStale || !(await this.#append(added))) {
        isChanged = !this.#isStale;
        this.#isStale = true;
        await this.#rewrite();
      }
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
    if (isChanged) this.#options.trouble.changed();
  }

  /** Appends lines to the file. @returns whether the file was as expected */
  async #append(added: readonly Added[]): Promise<boolean> {
    if (added.length === 0) return this.#file.isUnchanged();
    try {
      const places = await this.#file.append(added.map(({ line }) => line));
      for (const [i, { placed }] of added.entries()) placed?.(places[i] as Place);
    } catch (error) {
      if (error instanceof FileChanged) return false;
      throw error;
    }
    if (this.#file.bytes >= this.#rewriteAt) this.renew();
    this.#syncSoon();
    return true;
  }

  /** Rewrites the file with only the present content. */
  async #rewrite(): Promise<void> {
    const { contents, trouble } = this.#options;
    // Lines that are added from here on come after the rewritten content.
    this.#added = [];
    this.#isStale = false;
    const kept: Added[] = [];
    const all = contents(place => this.#file.read(place));
    const places = await this.#file.replace(linesOf(all, kept), {
      keepAt: this.#keepAt,
      mayReplace: () => this.#isOurs,
    });
    if (!places) {
      this.#isStale = true;
      return;
    }
    for (const [i, { placed }] of kept.entries()) placed?.(places[i] as Place);
    if (this.#isFailing) trouble.writable();
    this.#isFailing = false;
    if (this.#isUnread && this.#keepAt !== undefined) trouble.unreadable(this.#keepAt);
    this.#keepAt = undefined;
    this.#rewriteAt = Math.max(smallBytes, 2 * this.#file.bytes);
  }

  #failed(error: unknown): void {
    const isNew = !this.#isFailing;
    this.#isFailing = true;
    this.#isStale = true;
    this.#added = [];
    this.#retryAt = performance.now() + retryMs;
    if (isNew) this.#options.trouble.unwritable((error as NodeJS.ErrnoException).code ?? 'an error');
  }

  #syncSoon(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    const sync = async () => {
      this.#isSyncing = false;
      if (!this.#isClosed) await this.inTurn(() => this.#file.sync()).catch(() => undefined);
    };
    setTimeout(() => void sync(), syncAfterMs).unref();
  }
}

async function* linesOf(all: AsyncIterable<Added>, kept: Added[]): AsyncGenerator<Line> {
  for await (const added of all) {
    kept.push(added);
    yield added.line;
  }
}
