export { createLogger, type LoggerOptions } from './createLogger.ts';
export type { Fields } from './entry.ts';
export { jsonLine } from './jsonLine.ts';
export { type Level, levels } from './level.ts';
export type { Logger, RootLogger } from './logger.ts';
export { failingClosed, redactAll } from './redactAll.ts';
export { Redactor, type RedactorOptions, withheld } from './redactor.ts';
export { type Plain, serialise } from './serialise.ts';
