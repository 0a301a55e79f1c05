import { printable } from '../errors/index.ts';
import type { Entry } from './Entry.ts';
import type { Level } from './Level.ts';
import type { Redactor } from './Redactor.ts';
import { type Plain, serialise } from './serialise.ts';

const maxBytes = 65_536;
const colours: Readonly<Record<Level, string>> = {
  critical: '\u001b[1;37;41m',
  error: '\u001b[31m',
  warning: '\u001b[33m',
  info: '\u001b[32m',
  debug: '\u001b[90m',
};
const plainColour = '\u001b[0m';

/**
 * Renders an entry for a person at a terminal: time of day (UTC), level, message, fields; stacks on lines of
 * their own.
 */
export function prettyLine({ time, level, bot, message, fields }: Entry, redactor: Redactor): string {
  const redact = (text: string) => redactor.redact(text);
  const stacks: string[] = [];
  const texts = Object.entries(fields).flatMap(([key, value]) => {
    const plain = serialise(value, maxBytes, redact);
    stacks.push(...stacksOf(plain));
    return value === undefined ? [] : `${key}=${brief(plain)}`;
  });
  const said = serialise(message, maxBytes, redact);
  const body = redactor.redact(printable([`${bot}:`, said, ...texts].join(' ') + stacks.join('')));
  // The lines are indented, so that a line break in a foreign text does not begin a line that looks like
  // ours.
  const indented = body.replace(/\n(?! )/g, '\n  ');
  return `${time.toISOString().slice(11, 23)} ${colours[level]}${level.padEnd(8)}${plainColour} ${indented}`;
}

function brief(plain: Plain): string {
  if (typeof plain === 'string') return /^[^\s"=]+$/.test(plain) ? plain : JSON.stringify(plain);
  return JSON.stringify(plain, (key, value: unknown) => (key === 'stack' ? undefined : value));
}

function stacksOf(error: Plain): string[] {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return [];
  const nested = [error.cause, error.errors]
    .flat()
    .flatMap(each => (each === undefined ? [] : stacksOf(each)));
  return typeof error.stack === 'string' ? [`\n  ${error.name}:\n${error.stack}`, ...nested] : nested;
}
