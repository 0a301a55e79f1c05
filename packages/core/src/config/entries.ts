import { Refusal } from './parsed.ts';

/**
 * Takes each entry of a list separated by commas, trimmed.
 * @throws Refusal with what is wrong with every entry that was refused, not only the first
 */
export function eachEntry(text: string, take: (entry: string) => void): void {
  const problems: string[] = [];
  for (const [index, part] of text.split(',').entries()) {
    try {
      take(part.trim());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push(...error.problems.map(problem => `entry ${index + 1} ${problem}`));
    }
  }
  if (problems.length > 0) throw new Refusal(...problems);
}
