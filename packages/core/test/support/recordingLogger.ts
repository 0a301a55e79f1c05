import type { Fields, Logger } from '../../src/logger/index.ts';

export interface Line {
  level: string;
  message: string;
  fields: Fields;
}

/** A logger that keeps its lines. */
export function recordingLogger(lines: Line[], bound: Fields = {}): Logger {
  const at = (level: string) => (message: string, fields?: Fields) => {
    lines.push({ level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    critical: at('critical'),
    child: fields => recordingLogger(lines, { ...bound, ...fields }),
  };
}
