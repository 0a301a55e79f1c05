import { z } from 'zod';

/** The description of one variable, for the documentation, the loader and the error messages. */
export interface VariableMeta {
  /** A sentence with the unit, for the operators' table. */
  readonly description: string;
  /** A right value, in the operator's spelling. It has to parse (a test checks this). */
  readonly example: string;
  /** Whether it is never shown; it may then also come from the file that NAME_FILE points at. */
  readonly secret?: boolean;
  /** Whether it is a URL that is no secret but may hold a key: the redactor learns it. */
  readonly mayHoldKey?: boolean;
  /** Other names with the same meaning. */
  readonly aliases?: readonly string[];
  /** The alias that is the bot's own, and that its operators use. */
  readonly ownName?: string;
  /** Whether it is a URL that is only shown: the process never connects to it. */
  readonly isLink?: boolean;
  /** The other variable without which the process does not connect to this URL. */
  readonly onlyWith?: string;
  /** The private key of the bot's wallet: whether the bot needs one, or only some settings do. */
  readonly walletKey?: 'always' | 'at times';
  /** Other variables without which this one is useless: a value without them is a problem. */
  readonly needs?: string | readonly string[];
  /** The default for the table, where it is not simply the schema's own default. */
  readonly defaultText?: string;
}

/** A variable of a bot's schema, by its canonical name. */
export interface Declaration extends VariableMeta {
  readonly name: string;
  readonly required: boolean;
  readonly ownName: string;
  /** The canonical name first, then the aliases. */
  readonly names: readonly string[];
}

const registry = z.registry<VariableMeta>();

/**
 * Attaches the description of a variable to its schema; it must be called last, after `.optional()` and the
 * like.
 */
export function variable<S extends z.ZodType>(schema: S, meta: VariableMeta): S {
  // The cast is safe: zod's type of `add` replaces the parts of the metadata that depend on the schema, and
  // `VariableMeta` has no such part.
  (registry as z.core.$ZodRegistry<VariableMeta, z.ZodType>).add(schema, meta);
  return schema;
}

/**
 * Returns the same variables with a further name for some of them: the bot's own, which its operators use.
 */
export function aliased<V extends Record<string, z.ZodType>>(
  variables: V,
  aliases: Partial<Record<keyof V, string>>,
): V {
  const entries = Object.entries(variables).map(([name, schema]) => {
    const alias = aliases[name];
    const meta = registry.get(schema);
    if (alias === undefined || meta === undefined) return [name, schema];
    const all = [...(meta.aliases ?? []), alias];
    return [name, variable(schema.clone(), { ...meta, aliases: all, ownName: alias })];
  });
  return Object.fromEntries(entries) as V;
}

/**
 * Returns every variable of a schema, in the order of declaration.
 * @throws Error when a variable lacks metadata, or a name has two meanings: both are programming errors
 */
export function declarations(schema: z.ZodObject): Declaration[] {
  const taken = new Map<string, string>();
  return Object.entries(schema.shape).map(([name, field]) => {
    const meta = registry.get(field as z.ZodType);
    if (meta === undefined) throw new Error(`${name} was declared without variable(…)`);
    const names = [name, ...(meta.aliases ?? [])];
    for (const spelling of meta.secret ? names.flatMap(each => [each, fileNameOf(each)]) : names) {
      const other = taken.get(spelling);
      if (other !== undefined) throw new Error(`${spelling} means both ${other} and ${name}`);
      taken.set(spelling, name);
    }
    const required = (field as z.ZodType)._zod.optin === undefined;
    return { ...meta, name, names, ownName: meta.ownName ?? name, required };
  });
}

/** Returns the name of the variable that holds the path of a secret's file. */
export function fileNameOf(name: string): string {
  return `${name}_FILE`;
}

/** Returns every name that an operator may use for a variable. */
export function spellingsOf(declaration: Declaration): string[] {
  const { names, secret } = declaration;
  return secret ? [...names, ...names.map(fileNameOf)] : [...names];
}

/** Returns the default in the operator's spelling; undefined when there is none. */
export function defaultTextOf(schema: z.ZodObject, declaration: Declaration): string | undefined {
  if (declaration.defaultText !== undefined) return declaration.defaultText;
  const field: unknown = schema.shape[declaration.name];
  if (field instanceof z.ZodPrefault || field instanceof z.ZodDefault) return String(field.def.defaultValue);
  return undefined;
}
