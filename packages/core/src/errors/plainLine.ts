import { printable } from './printable.ts';

/** Longer texts of a contract or a node say nothing more, and push what follows out of an alert. */
const longest = 200;

/** A text of a contract or a node as one line that is safe to show: nothing in it steers a terminal or forges a line. */
export function plainLine(text: string, most = longest): string {
  const line = wellFormed(printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t'));
  return line.length <= most ? line : `${wellFormed(line.slice(0, most))}… [${line.length} characters]`;
}

/** Half a surrogate pair cannot be written as UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
