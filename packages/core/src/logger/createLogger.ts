import winston from 'winston';
import type { Entry, Fields } from './Entry.ts';
import { jsonLine } from './jsonLine.ts';
import { type Level, levels } from './Level.ts';
import { LineSink } from './LineSink.ts';
import type { RootLogger } from './Logger.ts';
import { loggerWith } from './loggerWith.ts';
import { prettyLine } from './prettyLine.ts';
import type { Redactor } from './Redactor.ts';

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** The name of the bot, part of every line. */
  readonly bot: string;
  /** The least severe level that is written. */
  readonly level: Level;
  /** `auto`: pretty when the stream is a terminal, JSON otherwise. */
  readonly format: 'auto' | 'json' | 'pretty';
  readonly redactor: Redactor;
  /** The output. It is not ended by `close()`. @default standard output */
  readonly stream?: NodeJS.WritableStream;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

// winston's own names (package triple-beam) for the level and the finished text of a line.
const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
const flushTimeoutMs = 2000;

/**
 * Creates a logger whose lines are redacted as a whole, just before they are written. No call throws or
 * waits.
 */
export function createLogger(options: LoggerOptions): RootLogger {
  const { bot, level, redactor, stream = process.stdout, now = Date.now } = options;
  const isTerminal = 'isTTY' in stream && stream.isTTY === true;
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && isTerminal);
  const render = (entry: Entry) => renderSafely(entry, redactor, isPretty ? prettyLine : jsonLine);
  const sink = new LineSink(stream, count => {
    const message = `${count} log lines were dropped: the output did not take them`;
    return `${render({ time: new Date(now()), level: 'warning', bot, message, fields: {} })}\n`;
  });
  const target = winston.createLogger({
    levels,
    level: 'debug',
    format: winston.format(info => info)(),
    transports: [new winston.transports.Stream({ stream: sink.asStream(), eol: '\n' })],
  });

  let handedOver = 0;
  let isClosed = false;
  const write = (own: Level, message: string, fields: Fields) => {
    // Levels are compared here: winston formats a line before it checks the level.
    if (isClosed || levels[own] > levels[level]) return;
    try {
      // The line is rendered at once, so that a field that changes later is written with its present value.
      const entry: Entry = { time: new Date(now()), level: own, bot, message, fields };
      target.write({ level: own, message, [LEVEL]: own, [MESSAGE]: render(entry) });
      handedOver++;
    } catch {
      // A log line must never end the work that it reports.
    }
  };
  const flush = async (timeoutMs = flushTimeoutMs) => {
    const deadline = performance.now() + timeoutMs;
    // winston passes lines on in later turns of the event loop.
    while (sink.received < handedOver && performance.now() < deadline) {
      await new Promise(resolve => setImmediate(resolve));
    }
    await sink.flush(Math.max(0, deadline - performance.now()));
  };
  return {
    ...loggerWith(write),
    flush,
    close: async timeoutMs => {
      isClosed = true;
      await flush(timeoutMs);
    },
  };
}

function renderSafely(entry: Entry, redactor: Redactor, line: typeof jsonLine): string {
  try {
    return line(entry, redactor);
  } catch {
    const { level, bot } = entry;
    return JSON.stringify({ level, bot, message: '[withheld: this line could not be rendered]' });
  }
}
