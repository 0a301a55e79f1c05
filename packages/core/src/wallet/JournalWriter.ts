import { type Clock, withDeadline } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Journal, JournalStore } from './journal.ts';

export interface JournalWriterOptions {
  journal: Pick<JournalStore, 'write'>;
  clock: Clock;
  /** Told why the journal cannot be written, once; and with undefined, once it can be again. */
  onJournalTrouble?: ((reason: string | undefined) => void) | undefined;
}

/** A local disk syncs in milliseconds, a busy file server in a second. A draw has a hundred. */
const patienceMs = 2_000;
const retryMs = 5_000;

/**
 * Writes the journal, and notices when that fails or hangs: a system call on a file server that is gone never returns.
 * While one hangs no other is begun, since each would keep a thread of the process.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #current: () => Journal;
  readonly #stop: AbortSignal;
  /** A write has not returned in time, nor since. */
  #isSilent = false;
  #trouble: string | undefined;
  #unread: string | undefined;

  /** @param current what is to be written whenever it can be again */
  constructor(options: JournalWriterOptions, current: () => Journal, stop: AbortSignal) {
    this.#options = options;
    this.#current = current;
    this.#stop = stop;
  }

  /** Why the journal cannot be written; undefined while it can be. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** What is in the file is not known, so that it must not be written over until the next start. */
  keepUnread(reason: string): void {
    this.#unread = `it could not be read: ${reason}`;
  }

  /** @throws BotError, or what the store throws, when the journal is not known to be written */
  async write(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      const isNew = this.#trouble === undefined;
      this.#trouble = reasonOf(error);
      if (isNew) {
        this.#options.onJournalTrouble?.(this.#trouble);
        void this.#retry();
      }
      throw error;
    }
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#options.onJournalTrouble?.(undefined);
  }

  async #write(): Promise<void> {
    const silent = () => new BotError('the file system does not answer');
    if (this.#unread !== undefined) throw new BotError(this.#unread);
    if (this.#isSilent) throw silent();
    const writing = this.#options.journal.write(this.#current());
    const answered = () => {
      this.#isSilent = false;
    };
    await withDeadline(writing, patienceMs, () => {
      this.#isSilent = true;
      writing.then(answered, answered);
      return silent();
    });
  }

  async #retry(): Promise<void> {
    while (this.#trouble !== undefined && !this.#stop.aborted) {
      await this.#options.clock.sleep(retryMs, this.#stop);
      if (this.#trouble !== undefined && !this.#stop.aborted) await this.write().catch(() => undefined);
    }
  }
}
