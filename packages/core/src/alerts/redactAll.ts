import { type Plain, withheld } from '../logger/index.ts';

/** The same, but a text that cannot be redacted is withheld. It never throws. */
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
 * Plain data with every text in it redacted, names included. Each by itself: in JSON a quotation mark in a secret would
 * be spelt differently. A text that cannot be redacted is withheld; never throws.
 */
export function redactAll(value: Plain, redact: (text: string) => string): Plain {
  const clean = failingClosed(redact);
  const visit = (each: Plain): Plain => {
    if (typeof each === 'string') return clean(each);
    if (Array.isArray(each)) {
      // A key as a list of bytes.
      if (!each.every(item => typeof item === 'number')) return each.map(visit);
      const text = JSON.stringify(each);
      const said = clean(text);
      return said === text ? each : said;
    }
    // A key as one number would have lost its last digits long before.
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, item]) => [clean(key), visit(item)]));
  };
  return visit(value);
}
