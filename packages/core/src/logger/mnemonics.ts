import { wordlists } from 'ethers';

const fewestWords = 12;
const longestWord = 8;
// What may stand between two words of a phrase: blanks, commas, quotes, numbering. Not the `":` of JSON keys.
const gap = /^(?:\\[nrt]|[\s,;"'\\[\]().|\d-]){1,8}$/;

/** The words of BIP-39, English. */
export function englishWords(): ReadonlySet<string> {
  const list = wordlists.en;
  if (list === undefined) throw new Error('ethers has no English word list');
  return new Set(Array.from({ length: 2048 }, (_, index) => list.getWord(index)));
}

/** Replace every run of 12 or more words of the list, in any case. */
export function replaceMnemonics(text: string, words: ReadonlySet<string>, replacement: string): string {
  let output = '';
  let copied = 0;
  for (const [from, to] of phrases(text, words)) {
    output += text.slice(copied, from) + replacement;
    copied = to;
  }
  return copied === 0 ? text : output + text.slice(copied);
}

// A loop over characters: it runs for every log line, and a regular expression took five times as long.
function phrases(text: string, words: ReadonlySet<string>): [from: number, to: number][] {
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
    // In a JSON line a line break is a backslash and a letter, and that letter belongs to no word.
    if (text.charCodeAt(at) === 92) at += 2;
    else if (!isLetter(text.charCodeAt(at))) at++;
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

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}
