import { z } from 'zod';

/** What the documentation, the loader and the error messages need to know about one variable. */
export interface VariableMeta {
  /** One sentence with the unit, for the operators' table. */
  readonly description: string;
  /** A right value, as the operator writes it. It has to parse (a test holds this). */
  readonly example: string;
  /** Never shown; may also come from the file that NAME_FILE points at. */
  readonly secret?: boolean;
  /** A URL that is no secret, but may hold a key all the same: the redactor learns it. */
  readonly mayHoldKey?: boolean;
  /** Other names that mean the same. */
  readonly aliases?: readonly string[];
  /** The one of them that is the bot's own, and that its operators know it by. */
  readonly ownName?: string;
  /** A URL that is only shown: the process never connects to it. */
  readonly isLink?: boolean;
  /** The process connects to this URL only where another variable is set. */
  readonly onlyWith?: string;
  /** The private key of the bot's wallet: whether the bot needs one, or only some settings do. */
  readonly walletKey?: 'always' | 'at times';
  /** Other variables without which this one is of no use: given alone it is a problem. */
  readonly needs?: string | readonly string[];
  /** The default as the table shows it, where it is not simply the schema's own default. */
  readonly defaultText?: string;
}

/** One variable of a bot's schema, by its canonical name. */
export interface Declaration extends VariableMeta {
  readonly name: string;
  readonly required: boolean;
  readonly ownName: string;
  /** The canonical name first, then the aliases. */
  readonly names: readonly string[];
}

const registry = z.registry<VariableMeta>();

/** Attach what is known about a variable to its schema; call it last, after `.optional()` and the like. */
export function variable<S extends z.ZodType>(schema: S, meta: VariableMeta): S {
  // The registry's own types replace parts of the metadata by the schema's; ours has no such part.
  (registry as z.core.$ZodRegistry<VariableMeta, z.ZodType>).add(schema, meta);
  return schema;
}

/** The same variables with one more name for some of them, the bot's own, as its operators know them. */
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
 * Every variable of a schema, in the order of declaration.
 * @throws Error when one lacks metadata, or a name means two things: mistakes of the programmer's.
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

/** The name under which a secret's file is given. */
export function fileNameOf(name: string): string {
  return `${name}_FILE`;
}

/** Every name an operator may use for a variable. */
export function spellingsOf(declaration: Declaration): string[] {
  const { names, secret } = declaration;
  return secret ? [...names, ...names.map(fileNameOf)] : [...names];
}

/** The default as the operator would write it, or undefined when there is none. */
export function defaultTextOf(schema: z.ZodObject, declaration: Declaration): string | undefined {
  if (declaration.defaultText !== undefined) return declaration.defaultText;
  const field: unknown = schema.shape[declaration.name];
  if (field instanceof z.ZodPrefault || field instanceof z.ZodDefault) return String(field.def.defaultValue);
  return undefined;
}
