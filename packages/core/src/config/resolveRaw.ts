import { Refusal } from './parsed.ts';
import { readSecretFile } from './readSecretFile.ts';
import { type Declaration, fileNameOf } from './variable.ts';

/** The environment of a process. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface RawValue {
  /** The text; undefined when the variable is not set (or its file cannot be used). */
  readonly value?: string;
  /** The name that the operator used; the bot's own when unset. */
  readonly name: string;
  /** The same name, or the name of its file variable where the value comes from a file. */
  readonly source: string;
  /** Path of the file that the value was read from. */
  readonly file?: string;
  readonly problems: readonly { variable: string; problem: string }[];
  /** Every text that was found, for redaction, including the ones that were not used. */
  readonly found: readonly string[];
}

interface Places {
  readonly cwd: string;
  readonly sharedFolder: string;
}

/**
 * Finds a variable's text under any of its names, or for a secret in a file, and reports when two of them
 * disagree.
 */
export function resolveRaw(declaration: Declaration, env: Env, places: Places): RawValue {
  const problems: { variable: string; problem: string }[] = [];
  const found: { name: string; source: string; file?: string; value: string }[] = [];
  for (const name of declaration.names) {
    const value = given(env, name);
    if (value !== undefined) found.push({ name, source: name, value });
    if (!declaration.secret) continue;
    const source = fileNameOf(name);
    const path = given(env, source);
    if (path === undefined) continue;
    if (value !== undefined) {
      problems.push({ variable: source, problem: `is given and ${name} is too: leave one of them out` });
      continue;
    }
    try {
      const file = path.trim();
      const content = readSecretFile(file, places.cwd, places.sharedFolder);
      if (content !== undefined) found.push({ name, source, file, value: content });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ variable: source, problem: error.message });
    }
  }
  const [first, ...others] = found;
  const { ownName } = declaration;
  if (first === undefined) return { name: ownName, source: ownName, problems, found: [] };
  for (const other of others) {
    if (other.value.trim() === first.value.trim()) continue;
    problems.push({
      variable: other.source,
      problem: `means the same as ${first.source} and has another value: leave one of them out`,
    });
  }
  return { ...first, problems, found: found.map(each => each.value) };
}

// Compose files pass a variable that is not set as an empty text.
function given(env: Env, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value.trim() === '' ? undefined : value;
}
