import type { Fields } from './entry.ts';

/** Writes lines. No method throws or waits, whatever the fields are and wherever the lines go. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  critical(message: string, fields?: Fields): void;
  /** The same logger with these fields in every line. */
  child(fields: Fields): Logger;
}

export interface RootLogger extends Logger {
  /** Resolves when every line so far is out, or after the time given (2 s). To be awaited before `process.exit`. */
  flush(timeoutMs?: number): Promise<void>;
  /** `flush`, and later lines are ignored. The stream stays open. */
  close(timeoutMs?: number): Promise<void>;
}
