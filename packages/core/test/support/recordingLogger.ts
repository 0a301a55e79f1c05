import type { Fields, Logger } from '../../src/logger/index.ts';
import { loggerWith } from '../../src/logger/loggerWith.ts';

export interface Line {
  level: string;
  message: string;
  fields: Fields;
}

/** A logger that keeps its lines. */
export function recordingLogger(lines: Line[]): Logger {
  return loggerWith((level, message, fields) => lines.push({ level, message, fields }));
}
