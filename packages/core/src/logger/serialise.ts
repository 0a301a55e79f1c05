import { types } from 'node:util';
import { printable } from '../errors/index.ts';

/** Plain data that JSON.stringify accepts without loss or error. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

const longestString = 8192;
const mostEntries = 200;
const mostLevels = 10;
const cut = '[cut]';

/**
 * Returns any value as plain data: errors with their causes, bigints as decimal texts, maps, sets and bytes.
 * A note replaces cycles, excess and properties that throw on reading. Never throws.
 * @param maxBytes about the most bytes of the result's JSON
 * @param redact applied to strings before they are cut: half a secret would not be recognised afterwards
 */
export function serialise(value: unknown, maxBytes = 65_536, redact = (text: string) => text): Plain {
  return new Serialiser(maxBytes, redact).plain(value) ?? null;
}

class Serialiser {
  readonly #ancestors: object[] = [];
  readonly #redact: (text: string) => string;
  #bytesLeft: number;

  constructor(maxBytes: number, redact: (text: string) => string) {
    this.#bytesLeft = maxBytes;
    this.#redact = redact;
  }

  /** Returns undefined for a value that JSON leaves out. */
  plain(value: unknown): Plain | undefined {
    if (this.#bytesLeft <= 0) return cut;
    switch (typeof value) {
      case 'undefined':
        return undefined;
      case 'string':
        return this.#text(value);
      case 'number':
        return this.#spend(Number.isFinite(value) ? value : String(value));
      case 'boolean':
        return this.#spend(value);
      case 'bigint':
      case 'symbol':
        return this.#text(String(value));
      case 'function':
        return this.#text('[function]');
      default:
        return value === null ? this.#spend(null) : this.#object(value as object);
    }
  }

  #object(value: object): Plain | undefined {
    if (this.#ancestors.includes(value)) return this.#spend('[circular]');
    if (this.#ancestors.length >= mostLevels) return this.#spend('[too deep]');
    this.#ancestors.push(value);
    try {
      return this.#content(value);
    } catch {
      // The object is a proxy whose traps throw, a revoked proxy, or has a toJSON that throws.
      return this.#spend('[unreadable]');
    } finally {
      this.#ancestors.pop();
    }
  }

  #content(value: object): Plain | undefined {
    // Node's own checks are used, since `instanceof` is wrong for values from another realm.
    if (types.isNativeError(value) || value instanceof Error) return this.#record(errorEntries(value));
    if (types.isDate(value))
      return this.#text(Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString());
    if (ArrayBuffer.isView(value)) return this.#bytes(value);
    if (Array.isArray(value)) return this.#list(value);
    if (types.isSet(value)) return this.#list([...value]);
    if (types.isMap(value)) return this.#map(value);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const json: unknown = value.toJSON();
      return json === value ? this.#record(ownEntries(value)) : this.plain(json);
    }
    return this.#record(ownEntries(value));
  }

  #map(map: Map<unknown, unknown>): Plain {
    const isNamed = [...map.keys()].every(key => /^(?:string|number|bigint)$/.test(typeof key));
    if (!isNamed) return this.#list([...map]);
    return this.#record([...map].map(([key, entry]) => [String(key), entry]));
  }

  #bytes(view: ArrayBufferView): Plain {
    const bytes = Buffer.from(view.buffer, view.byteOffset, Math.min(view.byteLength, longestString));
    const more = view.byteLength - bytes.length;
    return this.#text(`0x${bytes.toString('hex')}${more > 0 ? `… ${more} bytes more` : ''}`);
  }

  #list(values: readonly unknown[]): Plain[] {
    const output: Plain[] = [];
    for (const [index, value] of values.entries()) {
      if (this.#bytesLeft <= 0 || index >= mostEntries) {
        output.push(`[${values.length - index} more]`);
        break;
      }
      output.push(this.plain(value) ?? this.#spend(null));
    }
    return output;
  }

  #record(entries: readonly (readonly [string, unknown])[]): Plain {
    const output: [string, Plain][] = [];
    for (const [index, [key, value]] of entries.entries()) {
      if (this.#bytesLeft <= 0 || index >= mostEntries) {
        output.push([cut, `${entries.length - index} more`]);
        break;
      }
      if (value === undefined) continue;
      const name = this.#text(key);
      const plain = this.plain(value);
      if (plain !== undefined) output.push([name, plain]);
    }
    // Assignment is avoided: a key named __proto__ would set the prototype.
    return Object.fromEntries(output);
  }

  #text(given: string): string {
    // Half a surrogate pair cannot be written as UTF-8, and some services refuse it. A text of a contract or
    // a node may hold any character, including those that control a terminal or change the reading direction.
    const text = printable(given.toWellFormed());
    const limit = Math.min(longestString, this.#bytesLeft);
    if (text.length <= limit && sizeOf(text) <= this.#bytesLeft) return this.#spend(text);
    // Only the needed part is redacted. The first cut may leave a part of a secret at its end, which is cut
    // off again.
    const isLong = text.length > 3 * longestString;
    const start = this.#redact(isLong ? text.slice(0, 3 * longestString) : text);
    let kept = start.slice(0, isLong ? Math.min(limit, start.length - 2048) : limit);
    while (kept !== '' && sizeOf(kept) > this.#bytesLeft) kept = kept.slice(0, kept.length / 2);
    if (kept.length === start.length) return this.#spend(kept);
    return this.#spend(`${kept.replace(/[\uD800-\uDBFF]$/, '')}… [cut from ${text.length} characters]`);
  }

  #spend<T extends Plain>(value: T): T {
    this.#bytesLeft -= sizeOf(value) + 1;
    return value;
  }
}

function sizeOf(value: Plain): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function errorEntries(error: Error): [string, unknown][] {
  const read = (name: string) => readProperty(error, name);
  const stack = read('stack');
  const frames = typeof stack === 'string' ? stack.slice(stack.search(/^ {4}at /m)) : undefined;
  const named: [string, unknown][] = [
    ['name', read('name')],
    ['message', read('message')],
    ['code', read('code')],
    ...ownEntries(error).filter(([key]) => !/^(?:name|message|code|stack|cause|errors)$/.test(key)),
    // The stack repeats name and message at its head.
    ['stack', typeof stack === 'string' && !/^ {4}at /m.test(stack) ? undefined : frames],
    ['cause', read('cause')],
    ['errors', read('errors')],
  ];
  return named.filter(([, value]) => value !== undefined);
}

/**
 * Returns an object's own properties. A property that throws on reading, or an object that cannot be listed,
 * becomes a note.
 */
export function ownEntries(value: object): [string, unknown][] {
  try {
    return Object.keys(value).map(key => [key, readProperty(value, key)]);
  } catch {
    return [['unreadable', true]];
  }
}

function readProperty(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}
