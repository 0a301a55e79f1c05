import type { ClockAnchor, WallClockError } from './virtualClock.ts';

/** The virtual clock of a bot, from its first line on. */
export interface ClockStart {
  readonly anchor: ClockAnchor;
  /** A file that always holds the present anchor as JSON, for a process that was stopped. */
  readonly anchorFile?: string | undefined;
  /** Lets it resolve every name below `localhost`, except while this file exists. */
  readonly withoutNamesFile?: string | undefined;
  /** The error of the bot's wall clock. */
  readonly clockError?: WallClockError | undefined;
  /** The socket through which the messages come; those of its parent unless given. */
  readonly socket?: string | undefined;
}

/** Returns what `node --import` has to load before the bot. All paths are those that the bot sees. */
export function clockImport(module: URL, start: ClockStart): string {
  const { anchor, anchorFile, withoutNamesFile, clockError, socket } = start;
  const query = new URLSearchParams({ anchor: JSON.stringify(anchor) });
  if (anchorFile) query.set('file', anchorFile);
  if (withoutNamesFile) query.set('withoutNames', withoutNamesFile);
  if (clockError) query.set('error', JSON.stringify(clockError));
  if (socket) query.set('socket', socket);
  return `${module}?${query}`;
}
