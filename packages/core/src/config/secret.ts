import { inspect } from 'node:util';

const shown = '[secret]';

/**
 * A text that must not be shown. Printing, logging, serialising or inspecting it gives `[secret]`;
 * only `reveal()` gives the text, so that every use of one can be found by searching for that word.
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

/** The texts of all secrets in a value, however deep. */
export function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [value.reveal()];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}
