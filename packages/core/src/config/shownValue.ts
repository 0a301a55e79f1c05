const mostCharacters = 60;

/**
 * Returns a variable's value for an error message: shortened, on one line. Undefined when it looks like a
 * secret that was put under the wrong name: a long hex text, a URL with a key in it, many words.
 */
export function shownValue(value: string): string | undefined {
  if (/[0-9a-f]{41}/i.test(value) || /:\/\//.test(value) || value.trim().split(/[\s,]+/).length >= 12) {
    return undefined;
  }
  const cut = value.length > mostCharacters ? `${value.slice(0, mostCharacters)}…` : value;
  return JSON.stringify(cut);
}
