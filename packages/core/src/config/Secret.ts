import { inspect } from 'node:util';

const shown = '[secret]';

/**
 * A text that must not be shown. Printing, logging, serialising or inspecting it gives `[secret]`. Only
 * `reveal()` returns the text, so that every use can be found by searching for that word.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/** Returns the texts of all secrets in a value, at any depth. */
export function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}
