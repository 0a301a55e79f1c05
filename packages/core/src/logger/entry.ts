import type { Level } from './level.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** One line to be written, its fields merged already. */
export interface Entry {
  readonly time: Date;
  readonly level: Level;
  readonly bot: string;
  readonly message: string;
  readonly fields: Fields;
}
