import { z } from 'zod';
import type { ConfigProblem } from './configError.ts';

/**
 * Schema check: whether variables fit together. It is asked also when some of them did not parse, since all that is
 * wrong is told at once: what is given may then be of any kind.
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
