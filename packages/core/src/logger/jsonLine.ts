import type { Entry } from './Entry.ts';
import type { Redactor } from './Redactor.ts';
import { redactTogether } from './redactAll.ts';
import { serialise } from './serialise.ts';

const maxBytes = 65_536;
const reserved = /^(?:time|level|bot|message)$/;

/** Renders an entry as one line of JSON: time, level, bot, message, then the fields. */
export function jsonLine({ time, level, bot, message, fields }: Entry, redactor: Redactor): string {
  const head = { time: time.toISOString(), level, bot };
  const redact = (text: string) => redactor.redact(text);
  // A field must not replace the line's own level or time.
  const own = Object.entries(fields).map(([key, value]) => [reserved.test(key) ? `${key}_` : key, value]);
  const body = serialise({ message, ...Object.fromEntries(own) }, maxBytes, redact);
  const line = JSON.stringify({ ...head, ...(redactTogether(body, redact) as object) });
  const clean = redactor.redact(line);
  if (clean === line || isJson(clean)) return clean;
  // The redaction broke the JSON: a secret such as `null` or `1234` was part of its syntax or its numbers.
  return JSON.stringify({ ...head, message: clean });
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
