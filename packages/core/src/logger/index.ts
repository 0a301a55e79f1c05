export { createLogger, type LoggerOptions } from './createLogger.ts';
export type { Fields } from './Entry.ts';
export { jsonLine } from './jsonLine.ts';
export type { Level } from './Level.ts';
export type { Logger, RootLogger } from './Logger.ts';
export { Redactor, type RedactorOptions, withheld } from './Redactor.ts';
export { failingClosed, redactAll } from './redactAll.ts';
export { type Plain, serialise } from './serialise.ts';
