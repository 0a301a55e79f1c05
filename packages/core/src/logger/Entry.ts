import type { Level } from './Level.ts';

/** The fields of a log line beside its message. */
export type Fields = Readonly<Record<string, unknown>>;

/** A line to be written, with its fields merged. */
export interface Entry {
  readonly time: Date;
  readonly level: Level;
  readonly bot: string;
  readonly message: string;
  readonly fields: Fields;
}
