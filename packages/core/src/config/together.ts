import { z } from 'zod';
import type { ConfigProblem } from './ConfigError.ts';

/**
 * Schema check: whether variables fit together. It also runs when some of them did not parse, since all
 * problems are reported at once. The given values may then be of any type.
 */
export function together<Given>(problemsIn: (given: Given) => readonly ConfigProblem[]) {
  return z.superRefine<Given>(
    (given, context) => {
      for (const { variable, problem } of problemsIn(given))
        context.addIssue({ code: 'custom', path: [variable], message: problem });
    },
    { when: () => true },
  );
}
