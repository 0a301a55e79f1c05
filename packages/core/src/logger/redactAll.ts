import { textBreak } from './ConcealedSecrets.ts';
import { withheld } from './Redactor.ts';
import type { Plain } from './serialise.ts';

/** Returns a redact function that never throws: a text that cannot be redacted is withheld. */
export function failingClosed(redact: (text: string) => string): (text: string) => string {
  return text => {
    try {
      return redact(text);
    } catch {
      return withheld;
    }
  };
}

/**
 * Returns plain data with every text redacted, names included. First each text is redacted by itself: in JSON
 * a quotation mark in a secret would be spelt differently. Then all texts are redacted together, for a secret
 * that begins in one field and ends in the next. A text that cannot be redacted is withheld; never throws.
 */
export function redactAll(value: Plain, redact: (text: string) => string): Plain {
  return redactTogether(redactEach(value, redact), redact);
}

/** Redacts texts together that are already redacted each by itself. */
export function redactTogether(value: Plain, redact: (text: string) => string): Plain {
  const texts = textsOf(value);
  if (texts.length < 2) return value;
  const joined = texts.join(textBreak);
  const clean = failingClosed(redact)(joined);
  if (clean === joined) return value;
  const parts = clean.split(textBreak);
  const replaced = parts.length === texts.length ? parts : texts.map(() => withheld);
  let next = 0;
  const visit = (each: Plain): Plain => {
    if (typeof each === 'string') return replaced[next++] as string;
    if (Array.isArray(each)) return each.map(visit);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [key, visit(item)]));
  };
  return visit(value);
}

function textsOf(value: Plain): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

function redactEach(value: Plain, redact: (text: string) => string): Plain {
  const clean = failingClosed(redact);
  const visit = (each: Plain): Plain => {
    if (typeof each === 'string') return clean(each);
    if (Array.isArray(each)) {
      // The array may be a key as a list of bytes.
      if (!each.every(item => typeof item === 'number')) return each.map(visit);
      const text = JSON.stringify(each);
      const said = clean(text);
      return said === text ? each : said;
    }
    // A number cannot hold a key: a JavaScript number has too few digits.
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [clean(key), visit(item)]));
  };
  return visit(value);
}
