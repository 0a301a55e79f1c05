import { wordlists } from 'ethers';

const fewestWords = 12;
const longestWord = 8;
// The characters between two words of a phrase: anything that is no letter, written or escaped, except the
// colon of JSON keys.
const gap = /^(?:\\[nrt]|\\u[0-9a-f]{4}|%(?:25)*[0-9a-f]{2}|&#?[a-z0-9]{1,7};|[^a-z:]){1,40}$/i;

/** Returns the English words of BIP-39. */
export function englishWords(): ReadonlySet<string> {
  const list = wordlists.en;
  if (list === undefined) throw new Error('ethers has no English word list');
  return new Set(Array.from({ length: 2048 }, (_, index) => list.getWord(index)));
}

/** Returns the places of runs of 12 or more words of the list, in any case. */
// The search loops over characters: it runs for every log line, and a regular expression took five times as
// long.
export function phrases(text: string, words: ReadonlySet<string>): [from: number, to: number][] {
  const found: [number, number][] = [];
  let count = 0;
  let from = 0;
  let end = 0;
  let at = 0;
  const close = () => {
    if (count >= fewestWords) found.push([from, end]);
    count = 0;
  };
  while (at < text.length) {
    // In a JSON line a line break is a backslash and a letter, in a URL a comma is `%2C`: those letters
    // belong to no word.
    const code = text.charCodeAt(at);
    if (code === 92 || code === 37 || code === 38) at += escapeLength(text, at);
    else if (!isLetter(code)) at++;
    else {
      const start = at;
      while (at < text.length && isLetter(text.charCodeAt(at))) at++;
      const length = at - start;
      const isWord = length >= 3 && length <= longestWord && words.has(text.slice(start, at).toLowerCase());
      if (count > 0 && (!isWord || !gap.test(text.slice(end, start)))) close();
      if (isWord) {
        if (count === 0) from = start;
        count++;
        end = at;
      }
    }
  }
  close();
  return found;
}

const written = /\\u[0-9a-f]{4}|\\[\s\S]|%(?:25)*[0-9a-f]{2}|&#?[a-z0-9]{1,7};/iy;

function escapeLength(text: string, at: number): number {
  written.lastIndex = at;
  return written.exec(text)?.[0].length ?? 1;
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}
