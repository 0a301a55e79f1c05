import { withDeadline } from '../clock/index.ts';
import { FileChanged, LineFile, type Place } from './LineFile.ts';
import type { Line } from './schemas.ts';

export interface LedgerTrouble {
  /** Some of the file made no sense, or could not be read; it was kept there, and what made sense is used. */
  unreadable(keptAt: string): void;
  /** Nothing is saved until further notice. Reported once each time. */
  unwritable(reason: string): void;
  /** Another program cut, deleted or replaced the file; it was written anew from memory. */
  changed(): void;
  /** Whether the file is this process's to write; always, unless given. */
  mayWrite?(): boolean;
}

export interface LedgerFileOptions {
  path: string;
  /** What was found of the file at the start. */
  found: { bytes: number; isDamaged: boolean } | { error: unknown };
  trouble: LedgerTrouble;
  /**
   * Everything that has to be in the file, as of now.
   * @param read gives back a line of the file as it is
   */
  contents(read: (place: Place) => Promise<unknown>): AsyncIterable<Added>;
  patience?: DiskPatience | undefined;
}

export interface DiskPatience {
  /** A delivery waits no longer for the disk; 1 s unless given. */
  mostDelayMs: number;
  /** A system call that has not returned for so long hangs; 5 s unless given. */
  hangsAfterMs: number;
}

export interface Added {
  line: Line;
  /** Told where the line is once it is on disk. A line that is only in memory has no place. */
  placed?: ((place: Place) => void) | undefined;
}

/** Below this a file is left to grow. */
const smallBytes = 1_048_576;
/** How long a disk that took nothing is left alone. */
const retryMs = 5_000;
/** A busy disk takes seconds to sync; a file server that is gone does not return at all. */
const usualPatience: DiskPatience = { mostDelayMs: 1_000, hangsAfterMs: 5_000 };
/** A file that is being synced keeps its writers waiting, so not with every line. */
const syncAfterMs = 200;

class Hangs extends Error {
  readonly code = 'it does not answer';
}

/**
 * Brings the ledger's lines to its file. The process never waits for the disk: a folder that hangs would stop it in the
 * middle of a system call. One call is under way at a time, since each that hangs keeps one of the four threads that
 * also resolve the names of services. While the disk takes nothing all is in memory, and the file is written anew from
 * there as soon as it does.
 */
export class LedgerFile {
  readonly #options: LedgerFileOptions;
  readonly #file: LineFile;
  #added: Added[] = [];
  /** Memory holds what the file does not: it has to be written anew. */
  #isStale: boolean;
  /** Where the file that is there now is kept before it is written over. */
  #keepAt: string | undefined;
  #isUnread = false;
  /** The disk took nothing the last time, and that was reported. */
  #isFailing = false;
  /** Before then it is left alone, by the monotonic clock. */
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
    // A file of its own: what a process before this one still has open is not the ledger any more.
    this.#isStale = bytes > 0;
    if ('error' in found) {
      this.#isUnread = true;
      this.#keepAt = `${path}.unreadable`;
      this.#failed(found.error);
      // It is kept aside as soon as that works.
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

  /** Looks whether the file is still what was written, and writes it anew where it is not. */
  check(): void {
    this.#schedule();
  }

  /** Writes the file anew. */
  renew(): void {
    this.#isStale = true;
    this.#schedule();
  }

  /** Resolves once every line so far is on disk, or the disk has had its time. Never rejects. */
  async saved(): Promise<void> {
    if (!this.#isScheduled) return;
    const settled = async () => {
      while (this.#isScheduled && !this.#isHanging) await this.#turn;
    };
    await withDeadline(settled(), this.#patience.mostDelayMs, () => new Hangs()).catch(() => undefined);
  }

  async read(place: Place): Promise<unknown> {
    return this.inTurn(() => this.#file.read(place));
  }

  /** Does something else in the folder of the file. @throws at once while the folder hangs, else when it does */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#turn.then(() => this.#bounded(work));
    this.#turn = own.catch(() => undefined);
    return own;
  }

  /** Lets go of the file; nothing is written any more. */
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

  /** @returns whether the file was what it has to be */
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

  /** The file anew, with nothing in it but what still counts. */
  async #rewrite(): Promise<void> {
    const { contents, trouble } = this.#options;
    // What is added from here on comes after it.
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
