import type { z } from 'zod';
import type { NameOf } from './loadConfig.ts';
import { readableIn } from './parsed.ts';
import { type Env, resolveRaw } from './resolveRaw.ts';
import { secretsIn } from './secret.ts';
import { secretsFolder } from './secretFile.ts';
import { declarations } from './variable.ts';

export interface UsableConfig<S extends z.ZodObject> {
  /** What could be read, of a list the entries that could; what could not has its default, or is absent. */
  readonly config: Partial<z.output<S>>;
  /** What the operator calls a variable, where a text names it. */
  readonly nameOf: NameOf;
  /** Every secret text that was found, right or wrong, for the redactor. */
  readonly secrets: string[];
}

/** What can be used of an environment in which something may be wrong: enough to tell people what. Never throws. */
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

/** A list without the entries that are wrong. */
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
