import { printable } from './printable.ts';

/** Longer texts of a contract or a node carry no further information, and push the rest out of an alert. */
const longest = 200;

/**
 * Returns a text of a contract or a node as one line that is safe to show: no character in it controls a
 * terminal or forges a line.
 */
export function plainLine(text: string, most = longest): string {
  const line = wellFormed(printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
  return line.length <= most ? line : `${wellFormed(line.slice(0, most))}… [${line.length} characters]`;
}

/** Replaces half surrogate pairs, which cannot be written as UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
