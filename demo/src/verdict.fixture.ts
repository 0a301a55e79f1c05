import type { Verdict } from './verdict.ts';

/** Returns the claims that do not hold, as they are shown. */
export function broken(verdicts: readonly Verdict[]): string[] {
  return verdicts.filter(({ holds }) => !holds).map(({ claim, detail }) => `${claim}: ${detail}`);
}
