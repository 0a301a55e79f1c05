import { printable } from './plainLine.ts';

export { plainLine, printable } from './plainLine.ts';

/**
 * An error that a person reads: one clear sentence. Code decides by the class of an error, never by its
 * message.
 */
export class BotError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Thrown for an error in the set-up, which stays until a person changes the set-up: the process ends with
 * exit code 78.
 */
export class SetupError extends BotError {}

/** The messages of ethers for an answer that it cannot name; they carry no information. */
const emptyWords: readonly unknown[] = ['could not coalesce error', 'missing revert data'];

/** Returns the first line of an error, printable, for tables and one-line logs. Never throws. */
export function reasonOf(error: unknown): string {
  return printable(lineOf(error));
}

function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return textOf(error);
  const { shortMessage, cause } = error as { shortMessage?: unknown; cause?: { code?: unknown } | null };
  const words = emptyWords.includes(shortMessage) ? wordsOfNode(error) : undefined;
  const [line] = (words ?? (typeof shortMessage === 'string' ? shortMessage : error.message)).split('\n', 1);
  // Node's error for a host with several addresses has a code and no message.
  const { code: own } = error as { code?: unknown };
  const reason = line || (typeof own === 'string' ? own : error.name);
  // fetch reports only "fetch failed"; the reason (ECONNREFUSED) is in the cause.
  const code = typeof cause === 'object' && cause !== null ? cause.code : undefined;
  return typeof code === 'string' && !reason.includes(code) ? `${reason} (${code})` : reason;
}

/** Returns the node's answer from inside of ethers' error. */
function wordsOfNode(error: Error): string | undefined {
  const { error: own, info } = error as { error?: WithMessage; info?: { error?: WithMessage } | null };
  const words = own?.message ?? info?.error?.message;
  return typeof words === 'string' && words !== '' ? `the node answered: ${words}` : undefined;
}

type WithMessage = { message?: unknown } | null;

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that is not an error was thrown';
  }
}

/**
 * Returns the pause before the next attempt, in ms: twice as long after each failure.
 * @param failuresInARow from 1 on
 */
export function backoffMs(failuresInARow: number, firstMs: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** (failuresInARow - 1), longestMs);
}
