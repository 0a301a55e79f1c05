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
