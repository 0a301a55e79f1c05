import { z } from 'zod';

/** Thrown by a parse function: the value is wrong, and how. The texts must never hold the value of a secret. */
export class Refusal extends Error {
  /** Everything that is wrong with the value. */
  readonly problems: readonly string[];

  constructor(...problems: string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

export type Variable<T> = z.ZodPipe<z.ZodString, z.ZodTransform<T, string>>;

/**
 * A variable's schema out of a function from text to value. The text comes trimmed; a `Refusal` thrown
 * becomes the problem the operator reads.
 */
export function parsed<T>(parse: (text: string) => T): Variable<T> {
  return z.string().transform((raw, context) => {
    try {
      const text = raw.trim();
      // `docker run --env-file` keeps quotation marks as part of the value, where a shell takes them off.
      if (/^(["']).*\1$/s.test(text))
        throw new Refusal('has quotation marks around it, which are not taken off');
      return parse(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      for (const message of error.problems) context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });
}
