import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './ConfigError.ts';
import { readableIn } from './parsed.ts';
import { proxyProblems } from './proxyProblems.ts';
import { secretsFolder } from './readSecretFile.ts';
import { type Env, type RawValue, resolveRaw } from './resolveRaw.ts';
import { secretsIn } from './Secret.ts';
import { typoWarnings } from './typoWarnings.ts';
import { type Declaration, declarations } from './variable.ts';

/** A value that an error message shows is cut after this many characters. */
const mostCharacters = 60;

/** Options of `loadConfig` and `parseEnv`. */
export interface LoadOptions {
  /** The folder that a relative NAME_FILE is relative to. */
  readonly cwd?: string;
  /** The folder whose files every user may read. @default `/run/secrets`; other folders in tests */
  readonly sharedFolder?: string;
  /** Whether the command connects to no host, so that a proxy variable is no problem. */
  readonly isOffline?: boolean;
}

/** The variables of a bot, as one reading of the environment found them. */
export interface ParsedEnv<S extends z.ZodObject> {
  /** The parsed values, under the operators' names; undefined where a value is wrong. */
  readonly config: z.output<S> | undefined;
  /**
   * The values that could be read: of a list, the valid entries; any other wrong variable has its default, or
   * is absent. They suffice to report the problems.
   */
  readonly usable: Partial<z.output<S>>;
  /** Why there is no `config`: a ConfigError with every problem, or a defect of the schema. */
  readonly error: unknown;
  /** Returns the operator's name of a variable, for texts. */
  readonly nameOf: NameOf;
  /** The text of every secret that was found, right or wrong, for the redactor. */
  readonly secrets: string[];
  /** Warnings about names that look mistyped. */
  readonly warnings: string[];
}

/** Maps a variable's canonical name to the name that it is set under, or to the bot's own name for it. */
export type NameOf = (variable: string) => string;

/** The parsed variables, and every secret among them. */
export type LoadedConfig<S extends z.ZodObject> = Pick<ParsedEnv<S>, 'nameOf' | 'secrets' | 'warnings'> & {
  readonly config: z.output<S>;
};

/**
 * Loads a bot's typed configuration from environment variables.
 * @throws ConfigError with every problem, never with the value of a secret
 */
export function loadConfig<S extends z.ZodObject>(
  schema: S,
  env: Env,
  options: LoadOptions = {},
): LoadedConfig<S> {
  const { config, error, ...parsed } = parseEnv(schema, env, options);
  if (config === undefined) throw error;
  return { ...parsed, config };
}

/**
 * Reads a bot's environment variables once: its configuration, or every problem beside the values that could
 * be read. Each secret file is read once.
 */
export function parseEnv<S extends z.ZodObject>(
  schema: S,
  env: Env,
  { cwd = process.cwd(), sharedFolder = secretsFolder, isOffline = false }: LoadOptions = {},
): ParsedEnv<S> {
  const declared = declarations(schema);
  const raw = new Map(declared.map(each => [each.name, resolveRaw(each, env, { cwd, sharedFolder })]));
  const nameOf: NameOf = variable => raw.get(variable)?.source ?? variable;
  const usable = usableOf(schema, raw);
  const found = declared.flatMap(each =>
    each.secret || each.mayHoldKey ? (raw.get(each.name)?.found ?? []) : [],
  );
  const parsed = {
    usable,
    nameOf,
    secrets: [...new Set([...found, ...secretsIn(usable)])],
    warnings: typoWarnings(Object.keys(env), declared),
  };
  try {
    const config = configOf(schema, { declared, raw, nameOf, env: isOffline ? undefined : env });
    return { ...parsed, config, error: undefined };
  } catch (error) {
    return { ...parsed, config: undefined, error };
  }
}

/** Returns the values that could be read. */
function usableOf<S extends z.ZodObject>(
  schema: S,
  raw: ReadonlyMap<string, RawValue>,
): Partial<z.output<S>> {
  const entries = [...raw].flatMap(([name, { value }]) => {
    const field = schema.shape[name] as z.ZodType;
    const parsed = attempt(() => readableOf(field, value)) ?? attempt(() => field.parse(undefined));
    return parsed === undefined ? [] : [[name, parsed]];
  });
  return Object.fromEntries(entries) as Partial<z.output<S>>;
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

interface GivenValues {
  declared: readonly Declaration[];
  raw: ReadonlyMap<string, RawValue>;
  nameOf: NameOf;
  /** For the proxy variables; undefined where no host is connected to. */
  env: Env | undefined;
}

/**
 * Parses all values together.
 * @throws ConfigError with every problem
 */
function configOf<S extends z.ZodObject>(
  schema: S,
  { declared, raw, nameOf, env }: GivenValues,
): z.output<S> {
  const given = [...raw].flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]]));
  const result = schema.safeParse(Object.fromEntries(given));
  const foundTexts = declared.flatMap(each => (each.secret ? (raw.get(each.name)?.found ?? []) : []));
  const problems = declared.flatMap(each => {
    const own = raw.get(each.name) as RawValue;
    const issues = result.error?.issues.filter(issue => issue.path[0] === each.name) ?? [];
    return [
      ...problemsOf(each, own, { issues, secrets: foundTexts, nameOf }),
      ...missingFor(each, raw, declared),
    ];
  });
  const elsewhere = result.error?.issues.filter(issue => !raw.has(String(issue.path[0]))) ?? [];
  for (const issue of elsewhere) {
    problems.push({ variable: 'configuration', problem: withoutSecrets(issue.message, foundTexts) });
  }
  if (env) problems.push(...proxyProblems(schema, raw, env));
  if (problems.length > 0 || !result.success) throw new ConfigError(problems);
  return result.data;
}

function problemsOf(
  declaration: Declaration,
  raw: RawValue,
  {
    issues,
    secrets,
    nameOf,
  }: { issues: readonly z.core.$ZodIssue[]; secrets: readonly string[]; nameOf: NameOf },
): ConfigProblem[] {
  const example = `${raw.name}=${declaration.example}`;
  const found: ConfigProblem[] = raw.problems.map(each => ({ ...each, example }));
  for (const issue of issues) {
    const missing = raw.value === undefined;
    // A secret whose file cannot be read is not reported as "not set" as well.
    if (missing && found.length > 0) continue;
    const problem = missing && issue.code !== 'custom' ? 'is not set' : asNamed(issue.message, nameOf);
    const shown = missing || declaration.secret ? undefined : shownValue(raw.value ?? '');
    const isSecretElsewhere = secrets.includes(raw.value?.trim() ?? '');
    // The content is wrong, not the path: "RPC_URL_FILE is not a URL" would ask for a URL in place of the
    // path.
    const isInFile = raw.file !== undefined && isAboutValue(issue);
    const value = shown && !isSecretElsewhere ? ` (it is ${shown})` : '';
    found.push({
      variable: isInFile ? raw.name : raw.source,
      problem: withoutSecrets(problem, secrets) + value + (isInFile ? ` (in the file ${raw.file})` : ''),
      example,
    });
  }
  return found;
}

/** Returns whether a problem is about the value itself, and not about two variables together. */
function isAboutValue(issue: z.core.$ZodIssue): boolean {
  return issue.code !== 'custom' || (issue.params !== undefined && 'readable' in issue.params);
}

/** Returns the missing ones of variables that are only useful together. */
function missingFor(
  { name, needs = [] }: Declaration,
  raw: ReadonlyMap<string, RawValue>,
  declared: readonly Declaration[],
): ConfigProblem[] {
  const given = raw.get(name);
  if (given?.value === undefined) return [];
  return declared.flatMap(other => {
    const needed = raw.get(other.name);
    // A secret whose file cannot be read is not reported as "not set" as well.
    if (![needs].flat().includes(other.name) || !needed || needed.problems.length > 0) return [];
    if (needed.value !== undefined) return [];
    const problem = `is not set, and ${given.source} is: give both or neither`;
    return [{ variable: other.name, problem, example: `${other.name}=${other.example}` }];
  });
}

/** Returns the message of a check on several variables, with the operator's names. */
function asNamed(message: string, nameOf: NameOf): string {
  return message.replace(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g, nameOf);
}

// Our own constructors never put a value into a message; a schema written by hand might.
function withoutSecrets(message: string, secrets: readonly string[]): string {
  const leaks = secrets.some(secret => secret.trim().length >= 4 && message.includes(secret.trim()));
  return leaks ? 'is not valid' : message;
}

/**
 * Returns a variable's value for an error message: shortened, on one line. Undefined when it looks like a
 * secret that was put under the wrong name: a long hex text, a URL with a key in it, many words.
 */
function shownValue(value: string): string | undefined {
  if (/[0-9a-f]{41}/i.test(value) || /:\/\//.test(value) || value.trim().split(/[\s,]+/).length >= 12) {
    return undefined;
  }
  const cut = value.length > mostCharacters ? `${value.slice(0, mostCharacters)}…` : value;
  return JSON.stringify(cut);
}
