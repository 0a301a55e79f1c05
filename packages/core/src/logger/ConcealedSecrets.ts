import { base64At } from './spellings.ts';

/** Shorter runs of letters and digits would be found by chance in a text without its separators. */
const shortestCore = 12;

/** Separates two texts that are searched as one. When a secret spans both, its redaction must keep this mark. */
export const textBreak = ' \u0000 ';

/**
 * A shorter part of a secret than this is ordinary text, or worthless to a thief. A longer part counts if it
 * is too long for words that a secret and a sentence may share. A digit, which words do not have, counts as
 * several letters.
 */
const shortestPart = 10;
const shortestWords = 18;
const lettersForDigit = 4;
const fewestLetters = 5;

/**
 * The number of letters that one look-up compares. Every part of a secret with `shortestPart` letters
 * contains a run of this length that begins at a multiple of `step`.
 */
const gramLength = 5;
const step = shortestPart - gramLength + 1;
const isMonotonous = /(.)\1{4}/;

/**
 * Finds secrets with other characters in between: line breaks of wrapped base64, indentation, characters of
 * no width, quotation marks and commas of a list, escapes of JSON and URLs. The text is compared without all
 * of these. It finds parts of secrets too: a secret that is split by words, such as the names of fields, is
 * found by its halves.
 */
export class ConcealedSecrets {
  readonly #cores: string[] = [];
  /**
   * Cores with a run of one letter, such as the zeros of a small number: the places of such a run carry no
   * information.
   */
  readonly #monotonous: string[] = [];
  /** The places of each run of `gramLength` letters: numbers of a core and of a place in it. */
  readonly #grams = new Map<number, number[]>();

  /** Adds a secret: its text, and its bytes where it is hexadecimal, in hex and base64. */
  add(secret: string): void {
    const digits = /^(?:0x)?((?:[0-9a-f]{2})+)$/i.exec(secret)?.[1];
    const bytes = [Buffer.from(secret), ...(digits === undefined ? [] : [Buffer.from(digits, 'hex')])];
    const base64 = bytes.flatMap(each => [0, 1, 2].map(shift => base64At(each, shift)));
    for (const text of [digits ?? secret, ...bytes.map(each => each.toString('hex')), ...base64]) {
      const core = coreOf(text);
      if (core.length >= shortestCore && !this.#cores.includes(core)) this.#learn(core);
    }
  }

  /** Returns the places of secrets, as a sorted list of ranges that do not overlap. */
  find(text: string): [from: number, to: number][] {
    if (text.length < shortestPart || this.#cores.length === 0) return [];
    const ranges = this.#findIn(essence(text, true));
    // `%5e%5e` may be a text of its own, or the bytes of a key.
    if (text.includes('%')) ranges.push(...this.#findIn(essence(text, false)));
    return merged(ranges);
  }

  #learn(core: string): void {
    const number = this.#cores.push(core) - 1;
    if (isMonotonous.test(core)) this.#monotonous.push(core);
    for (let at = 0; at + gramLength <= core.length; at += 1) {
      if (isMonotonous.test(core.slice(at, at + gramLength))) continue;
      const gram = gramAt(core, at);
      const known = this.#grams.get(gram);
      if (known) known.push(number, at);
      else this.#grams.set(gram, [number, at]);
    }
  }

  #findIn({ core, places }: Essence): [number, number][] {
    const found: [number, number][] = [];
    const add = (from: number, to: number) =>
      found.push([places[from] as number, (places[to - 1] as number) + 1]);
    for (const secret of this.#monotonous)
      for (let at = core.indexOf(secret); at >= 0; at = core.indexOf(secret, at + secret.length))
        add(at, at + secret.length);
    for (let at = 0; at + gramLength <= core.length; at += step) {
      const known = this.#grams.get(gramAt(core, at)) ?? [];
      for (let i = 0; i < known.length; i += 2) {
        const secret = this.#cores[known[i] as number] as string;
        const [from, to] = commonPart({ core, at, secret, atInSecret: known[i + 1] as number });
        if (to - from === secret.length || isPartOfSecret(core, from, to)) add(from, to);
      }
    }
    return found;
  }
}

/** A place of a text, and the place of a secret that it is like. */
interface Match {
  core: string;
  at: number;
  secret: string;
  atInSecret: number;
}

/** Returns the longest part around these places that is the same in both. */
function commonPart({ core, at, secret, atInSecret }: Match): [from: number, to: number] {
  const shift = at - atInSecret;
  let from = atInSecret;
  while (from > 0 && from + shift > 0 && core[from - 1 + shift] === secret[from - 1]) from -= 1;
  let to = atInSecret;
  while (to < secret.length && core[to + shift] === secret[to]) to += 1;
  return [from + shift, to + shift];
}

/** Returns whether a part of a secret is too long, and too varied, to stand in a text by chance. */
function isPartOfSecret(core: string, from: number, to: number): boolean {
  if (to - from < shortestPart) return false;
  const part = core.slice(from, to);
  if (new Set(part).size < fewestLetters) return false;
  const digits = part.replaceAll(/\D/g, '').length;
  return part.length + lettersForDigit * digits >= shortestWords;
}

/** Returns a number for a run of letters and digits: their value in base 36. */
function gramAt(core: string, at: number): number {
  let gram = 0;
  for (let i = at; i < at + gramLength; i += 1) {
    const code = core.charCodeAt(i);
    gram = gram * 36 + (code >= 97 ? code - 87 : code - 48);
  }
  return gram;
}

/** The letters and digits of a text in lower case, and the place of each in it. */
interface Essence {
  core: string;
  places: number[];
}

/**
 * The escapes of a single character or of none: a terminal's colour, `\u200b`, `\u{200b}`, `\n`, `\x5e`,
 * `%20`, `&#8203;`, `&amp;`.
 */
const escapes =
  /(?:[^\s -\uffff]|\\u001b|\\x1b)\[[\d;]*[a-z]|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\x(?=[0-9a-f]{2})|\\{1,8}[nrtbf]|%(?:25){0,8}([0-9a-f]{2})|&#x([0-9a-f]{1,6});|&#(\d{1,7});|&[a-z]{2,6};|\b0x(?=[0-9a-f])/giy;

function essence(text: string, isDecoded: boolean): Essence {
  let core = '';
  const places: number[] = [];
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (isPlain(code) && code !== 48) {
      core += text[at];
      places.push(at);
      at += 1;
      continue;
    }
    escapes.lastIndex = at;
    const written = mayEscape(code) ? escapes.exec(text) : null;
    if (written) {
      const [whole, unicode, braced, percent, hex, decimal] = written;
      const digits = unicode ?? braced ?? hex ?? (decimal && Number(decimal).toString(16));
      for (const letter of meantBy(digits, percent, isDecoded)) {
        if (!isPlain(letter.charCodeAt(0))) continue;
        core += letter;
        places.push(at + whole.length - 1);
      }
      at += whole.length;
      continue;
    }
    if (code < 128) {
      if (isPlain(code)) {
        core += text[at];
        places.push(at);
      }
      at += 1;
      continue;
    }
    // The character may be as wide as a Chinese one, bold, or in a circle: `５ｅ`, `𝟓𝐞`, `⑤ⓔ`.
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    for (const letter of character.normalize('NFKC')) {
      if (!isPlain(letter.charCodeAt(0)) || letter.length > 1) continue;
      core += letter;
      places.push(at + character.length - 1);
    }
    at += character.length;
  }
  return { core: core.toLowerCase(), places };
}

/** Returns the character of an escape, or the digits themselves where these are the text. */
function meantBy(unicode: string | undefined, percent: string | undefined, isDecoded: boolean): string {
  if (percent !== undefined && !isDecoded) return percent;
  const digits = unicode ?? percent;
  return digits === undefined ? '' : String.fromCharCode(Number.parseInt(digits, 16));
}

/**
 * Returns whether a character may begin an escape: backslash, percent sign, ampersand, escape, and the zero
 * of `0x`.
 */
function mayEscape(code: number): boolean {
  return code === 92 || code === 37 || code === 38 || code === 27 || code === 48;
}

function isPlain(code: number): boolean {
  const lower = code | 32;
  return (code >= 48 && code <= 57) || (lower >= 97 && lower <= 122);
}

function coreOf(text: string): string {
  return essence(text, true).core;
}

/** Returns the same places, sorted and without overlaps. */
export function merged(ranges: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
