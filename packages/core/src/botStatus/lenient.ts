import { z } from 'zod';
import { plainLine } from '../errors/index.ts';

// A status comes from another process, perhaps of an older version, and its texts come from contracts of
// strangers. A field of another kind counts as not stated. The reader loses that field and never the whole
// answer.

/**
 * Parses a text into one printable line of at most `most` characters: control and direction characters are
 * escaped.
 */
export function line(most = 200) {
  return z.string().transform(text => plainLine(text, most));
}

/** Parses a moment in ISO 8601, of a year with four digits; another text counts as not stated. */
export const moment = z
  .string()
  .max(40)
  .refine(text => {
    const ms = Date.parse(text);
    return ms >= firstMs && ms <= lastMs;
  })
  .transform(text => new Date(text).toISOString());

/** JavaScript writes other years with a sign and six digits, which readers of ISO 8601 refuse together with the document. */
const firstMs = Date.parse('0000-01-01T00:00:00.000Z');
const lastMs = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Parses a number between `least` and the largest safe integer. The product of larger numbers may overflow to
 * Infinity, which JSON cannot represent.
 */
export function figure(least = -Number.MAX_SAFE_INTEGER) {
  return z.number().min(least).max(Number.MAX_SAFE_INTEGER);
}

/** Makes a field optional that an older version does not have, or has in another form. */
export function maybe<S extends z.ZodType>(schema: S) {
  return schema.optional().catch(undefined);
}

/** Parses a list without the entries that do not fit, and without those beyond the first `most`. */
export function listOf<S extends z.ZodType>(schema: S, most: number) {
  return z
    .array(z.unknown())
    .transform(entries =>
      entries.slice(0, most).flatMap((entry): z.output<S>[] => {
        const { success, data } = schema.safeParse(entry);
        return success ? [data] : [];
      }),
    )
    .catch([]);
}
