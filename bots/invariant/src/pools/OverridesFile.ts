import { readFile } from 'node:fs/promises';
import { SetupError } from '@service-bots/core/errors';
import { noOverrides, type Overrides, parseOverrides } from './overrides.ts';

/** The content of the file now, or its last usable content. */
export interface ReadOverrides {
  overrides: Overrides;
  /** Why it cannot be used now; absent when it can. */
  problem?: string;
}

/**
 * The file of overrides, which operators edit while the bot runs: a mistake in it must not stop the discovery
 * of new pools.
 */
export class OverridesFile {
  #usable: Overrides | undefined;

  /** @throws SetupError when the file cannot be read or used, and no earlier reading succeeded */
  async read(path: string | undefined): Promise<ReadOverrides> {
    try {
      this.#usable = await readOverrides(path);
      return { overrides: this.#usable };
    } catch (error) {
      if (!this.#usable || !(error instanceof SetupError)) throw error;
      // All lines of the message: the first contains only the file's name.
      return { overrides: this.#usable, problem: error.message.replaceAll(/\s*\n\s*/g, '; ') };
    }
  }
}

/** @throws SetupError when the file cannot be read or used */
export async function readOverrides(path: string | undefined): Promise<Overrides> {
  if (path === undefined) return noOverrides;
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SetupError(
      `INVARIANT_OVERRIDES_FILE: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}); give a YAML file, or leave it out`,
      { cause },
    );
  }
  return parseOverrides(content, path);
}
