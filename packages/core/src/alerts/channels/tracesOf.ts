import { fileURLToPath } from 'node:url';
import type { Plain } from '../../logger/index.ts';

/** An error as it was serialised into an alert's data. */
export interface Trace {
  name: string;
  message: string;
  /** Lines that begin with `at`, without name and message. */
  frames: string[];
}

/** rollbar.js matches each line with an expression whose time grows with the square of the length. */
const longestLine = 500;
const mostFrames = 60;

/**
 * Returns an error and its causes, outermost first; empty where the value is no error with a stack. A
 * module's URL in a frame becomes a path, since rollbar.js reads code from paths alone. Children of an
 * AggregateError are left out.
 */
export function tracesOf(value: Plain | undefined): Trace[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const { name, message, stack, cause } = value;
  if (typeof stack !== 'string') return [];
  const trace = {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    frames: framesOf(stack),
  };
  return [trace, ...tracesOf(cause)];
}

function framesOf(stack: string): string[] {
  const frames = stack.split('\n').filter(line => /^ {4}at /.test(line) && line.length <= longestLine);
  return frames
    .slice(0, mostFrames)
    .map(line => line.replace(/file:\/\/\/[^\s()]+/, pathOf))
    .map(readable);
}

/**
 * rollbar.js reads any file that a frame names, and sends some lines of it. An error may be a node's own words, and name
 * a file of keys, or a device that never ends. So only names of code are left as paths.
 */
function readable(line: string): string {
  return /\.[cm]?[jt]sx?:\d+:\d+\)?$/.test(line) ? line : line.replace(/(?<=[ (])(?=[./])/g, 'file:');
}

/** Returns the path of a module's URL. @param url with line and column at its end */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
