import { z } from 'zod';

/**
 * Thrown by a parse function for a wrong value, with its problems. The texts must never hold the value of a
 * secret.
 */
export class Refusal extends Error {
  /** All problems of the value. */
  readonly problems: readonly string[];
  /** The part of the value that could be read, of the type of a right value. */
  readonly readable: unknown;

  constructor(problems: string | readonly string[], readable?: unknown) {
    super([problems].flat().join('; '));
    this.problems = [problems].flat();
    this.readable = readable;
  }
}

/** The schema of one variable. */
export type Variable<T> = z.ZodPipe<z.ZodString, z.ZodTransform<T, string>>;

/** Returns the part of a refused value that could be read; undefined when there is none. */
export function readableIn({ issues }: z.ZodError): unknown {
  const custom = issues.find(issue => issue.code === 'custom');
  return custom?.params?.readable;
}

/**
 * Returns a variable's schema from a function that parses text. The text comes trimmed; a `Refusal` becomes
 * the problem that the operator reads.
 */
export function parsed<T>(parse: (text: string) => T): Variable<T> {
  return z.string().transform((raw, context) => {
    try {
      const text = raw.trim();
      // `docker run --env-file` keeps quotation marks as part of the value, where a shell removes them.
      if (/^(["']).*\1$/s.test(text))
        throw new Refusal('has quotation marks around it, which are not taken off');
      return parse(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { problems, readable } = error;
      for (const message of problems) context.addIssue({ code: 'custom', message, params: { readable } });
      // The value is refused; checks on several variables use the part that could be read.
      return (readable as T | undefined) ?? z.NEVER;
    }
  });
}
