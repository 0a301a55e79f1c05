import { z } from 'zod';

/** Thrown by a parse function: the value is wrong, and how. The texts must never hold the value of a secret. */
export class Refusal extends Error {
  /** Everything that is wrong with the value. */
  readonly problems: readonly string[];
  /** As much of it as could be read all the same, of the type that a right value has. */
  readonly readable: unknown;

  constructor(problems: string | readonly string[], readable?: unknown) {
    super([problems].flat().join('; '));
    this.problems = [problems].flat();
    this.readable = readable;
  }
}

export type Variable<T> = z.ZodPipe<z.ZodString, z.ZodTransform<T, string>>;

/** What a refusal left of a value; undefined when nothing. */
export function readableIn({ issues }: z.ZodError): unknown {
  const custom = issues.find(issue => issue.code === 'custom');
  return custom?.params?.readable;
}

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
      const { problems, readable } = error;
      for (const message of problems) context.addIssue({ code: 'custom', message, params: { readable } });
      // The value is refused; checks on several variables look at what there is of it.
      return (readable as T | undefined) ?? z.NEVER;
    }
  });
}
