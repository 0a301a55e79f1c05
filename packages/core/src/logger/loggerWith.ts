import type { Fields } from './Entry.ts';
import type { Level } from './Level.ts';
import type { Logger } from './Logger.ts';
import { ownEntries } from './serialise.ts';

/** Returns a logger that hands each line to `write`, with the fields of its parents. */
export function loggerWith(
  write: (level: Level, message: string, fields: Fields) => void,
  bound: Fields = {},
): Logger {
  const at = (level: Level) => (message: string, fields?: Fields) =>
    write(level, message, merged(bound, fields));
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
    child: fields => loggerWith(write, merged(bound, fields)),
  };
}

// Spreading would read every getter, and a getter that throws would cost the line.
function merged(bound: Fields, more: Fields = {}): Fields {
  return Object.fromEntries([bound, more].flatMap(ownEntries));
}
