import { type Clock, withDeadline } from '../clock/index.ts';
import { BotError, reasonOf } from '../errors/index.ts';
import type { Journal, JournalStore } from './journal.ts';

export interface JournalWriterOptions {
  journal: Pick<JournalStore, 'write'>;
  clock: Clock;
  /**
   * Called once with the reason when the journal cannot be written, and with undefined once it can be again.
   */
  onJournalTrouble?: ((reason: string | undefined) => void) | undefined;
}

/** A local disk syncs in milliseconds, a busy file server in a second. A draw has a hundred seconds. */
const patienceMs = 2_000;
const retryMs = 5_000;

/**
 * Writes the journal, and detects when that fails or hangs: a system call on a file server that is gone never
 * returns. While one call hangs no other is begun, since each would keep a thread of the process.
 */
export class JournalWriter {
  readonly #options: JournalWriterOptions;
  readonly #current: () => Journal;
  readonly #stop: AbortSignal;
  /** Whether a write is overdue: it exceeded its time and has not returned yet. */
  #isSilent = false;
  #trouble: string | undefined;
  #unread: string | undefined;

  /** @param current returns the present journal, to be written as soon as the file can be written again */
  constructor(options: JournalWriterOptions, current: () => Journal, stop: AbortSignal) {
    this.#options = options;
    this.#current = current;
    this.#stop = stop;
  }

  /** Why the journal cannot be written; undefined while it can be. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Keeps the file from being overwritten until the next start, because its content is unknown. */
  keepUnread(reason: string): void {
    this.#unread = `it could not be read: ${reason}`;
  }

  /**
   * Writes the journal.
   * @throws BotError, or what the store throws, when it is not certain that the journal was written
   */
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
