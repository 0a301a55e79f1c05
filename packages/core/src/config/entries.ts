import { Refusal } from './parsed.ts';

/**
 * Splits a list at its commas and line breaks. Blank entries are dropped: a trailing comma, or a list with
 * one entry a line, has a clear meaning.
 * @throws Refusal when no entry is left
 */
export function entriesOf(text: string): string[] {
  const entries = text
    .split(/[,\r\n]/)
    .map(part => part.trim())
    .filter(part => part !== '');
  if (entries.length === 0) throw new Refusal('has no entry, only separators');
  return entries;
}

/**
 * Processes each entry of a list, see `entriesOf`.
 * @param readable the entries that `take` could read, for callers that use the readable part of a refused
 * list
 * @throws Refusal with the problems of every refused entry, not only the first
 */
export function eachEntry(text: string, take: (entry: string) => void, readable?: unknown): void {
  const problems = entriesOf(text).flatMap((entry, index) =>
    problemsOf(() => take(entry)).map(problem => `entry ${index + 1} ${problem}`),
  );
  if (problems.length > 0) throw new Refusal(problems, readable);
}

/**
 * Runs all steps.
 * @throws Refusal with the problems of all these steps, not only the first
 */
export function allOf(...steps: (() => void)[]): void {
  const problems = steps.flatMap(problemsOf);
  if (problems.length > 0) throw new Refusal(problems);
}

function problemsOf(step: () => void): readonly string[] {
  try {
    step();
  } catch (error) {
    if (error instanceof Refusal) return error.problems;
    throw error;
  }
  return [];
}
