/**
 * Control and format characters, and the separators that begin a line: terminal sequences, NUL, writing from right to
 * left, characters of no width. Line breaks and tabs are allowed.
 */
const unprintable = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes characters that control a terminal or change how the text around them reads: `\u001b`, `\u202e`.
 */
export function printable(text: string): string {
  return text.replace(unprintable, character => {
    return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
  });
}

/** Longer texts of a contract or a node carry no further information, and push the rest out of an alert. */
const longest = 200;

/**
 * Returns a text of a contract or a node as one line that is safe to show: no character in it controls a
 * terminal or forges a line.
 */
export function plainLine(text: string, most = longest): string {
  const line = printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t').toWellFormed();
  return line.length <= most ? line : `${line.slice(0, most).toWellFormed()}… [${line.length} characters]`;
}
