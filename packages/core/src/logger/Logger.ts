import type { Fields } from './Entry.ts';

/** Writes lines. No method throws or waits, for any fields and any output. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  critical(message: string, fields?: Fields): void;
  /** Returns the same logger with these fields in every line. */
  child(fields: Fields): Logger;
}

/** The logger of a process, which also closes the log. */
export interface RootLogger extends Logger {
  /**
   * Resolves when every line so far is written, or after the given time (2 s). It must be awaited before
   * `process.exit`.
   */
  flush(timeoutMs?: number): Promise<void>;
  /** Flushes, and ignores later lines. The stream stays open. */
  close(timeoutMs?: number): Promise<void>;
}
