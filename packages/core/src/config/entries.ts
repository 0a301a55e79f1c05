import { Refusal } from './parsed.ts';

/**
 * Takes each entry of a list separated by commas, trimmed.
 * @param readable where `take` puts what it reads, for those who look at what there is of a list that is refused
 * @throws Refusal with what is wrong with every entry that was refused, not only the first
 */
export function eachEntry(text: string, take: (entry: string) => void, readable?: unknown): void {
  const problems = text
    .split(',')
    .flatMap((part, index) =>
      problemsOf(() => take(part.trim())).map(problem => `entry ${index + 1} ${problem}`),
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
