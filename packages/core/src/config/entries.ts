import { Refusal } from './parsed.ts';

/**
 * Splits a list at its commas and line breaks. Blank entries are dropped: a comma too many at the end, or a list with
 * one entry a line, says nothing that could be misunderstood.
 * @throws Refusal when nothing is left
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
 * Takes each entry of a list, see `entriesOf`.
 * @param readable where `take` puts what it reads, for those who look at what there is of a list that is refused
 * @throws Refusal with what is wrong with every entry that was refused, not only the first
 */
export function eachEntry(text: string, take: (entry: string) => void, readable?: unknown): void {
  const problems = entriesOf(text).flatMap((entry, index) =>
    problemsOf(() => take(entry)).map(problem => `entry ${index + 1} ${problem}`),
  );
  if (problems.length > 0) throw new Refusal(problems, readable);
}

/** @throws Refusal with what all of these steps refuse, not only the first */
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
