import type { z } from 'zod';
import type { NameOf } from './loadConfig.ts';
import { readableIn } from './parsed.ts';
import { type Env, resolveRaw } from './resolveRaw.ts';
import { secretsIn } from './secret.ts';
import { secretsFolder } from './secretFile.ts';
import { declarations } from './variable.ts';

/** The variables that could be parsed, and the problems of the others. */
export interface UsableConfig<S extends z.ZodObject> {
  /**
   * The values that could be read, of a list the valid entries; any other variable has its default, or is
   * absent.
   */
  readonly config: Partial<z.output<S>>;
  /** Returns the operator's name of a variable, for texts. */
  readonly nameOf: NameOf;
  /** The text of every secret that was found, right or wrong, for the redactor. */
  readonly secrets: string[];
}

/**
 * Loads the usable part of an environment that may be wrong in parts: enough to report the problems. Never
 * throws.
 */
export function loadUsable<S extends z.ZodObject>(schema: S, env: Env): UsableConfig<S> {
  const places = { cwd: process.cwd(), sharedFolder: secretsFolder };
  const secrets = new Set<string>();
  const names = new Map<string, string>();
  const entries = declarations(schema).flatMap(declaration => {
    const { name, secret, mayHoldKey } = declaration;
    const text = attempt(() => {
      const { value, found, source } = resolveRaw(declaration, env, places);
      names.set(name, source);
      if (secret || mayHoldKey) for (const each of found) secrets.add(each);
      return value;
    });
    const field = schema.shape[name] as z.ZodType;
    const parsed = attempt(() => readableOf(field, text)) ?? attempt(() => field.parse(undefined));
    for (const each of secretsIn(parsed)) secrets.add(each);
    return parsed === undefined ? [] : [[name, parsed]];
  });
  return {
    config: Object.fromEntries(entries) as Partial<z.output<S>>,
    nameOf: variable => names.get(variable) ?? variable,
    secrets: [...secrets],
  };
}

/** Returns a list without its wrong entries. */
function readableOf(field: z.ZodType, text: string | undefined): unknown {
  const { success, data, error } = field.safeParse(text);
  return success ? data : readableIn(error);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
