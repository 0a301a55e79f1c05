/** Shorter than the shortest secret that is found with characters in between. */
const fewestBytes = 12;

/** A part of a text, and its decoded text. */
export interface Decoding {
  from: number;
  to: number;
  text: string;
}

const longRun = /[\w+/-]{16}/;
const manyDigits = /(?:\d\D{0,14}){12}/;
/** Base64, also wrapped to lines of a fixed width, as in mail and PEM. */
const base64Run = /[\w+/-]{16,}(?:={0,2}(?:\\[nr]|[\r\n])[ \t]*[\w+/-]+)*/g;
const hexRun = /(?:[0-9a-f]{2}){12,}/gi;
/**
 * Numbers of up to three digits in a list: of a byte array, with or without its indices, or of `od`, which
 * counts each line.
 */
const numberList =
  /(?:\b\d{1,3}(?:[^0-9a-z]{1,6}(?:\d{1,3}\\{0,8}"[^0-9a-z]{1,3}|\d{7}[^0-9a-z]{1,3})?|\\[nrt]))+\d{1,3}\b/gi;
const index = /\d{1,3}\\{0,8}":|\b\d{7}\b/g;
const bitList = /(?:\b[01]{8}[^0-9a-z]{0,6})+[01]{8}\b/gi;
/** `\x41`, `\u0041`, `\u{41}`, `U+0041`, `=41`, `%41`, `0x41,`, `\41 `, with one escape for each byte. */
const hexList =
  /(?:(?:\\{1,8}(?:x|u\{?)?|u\+|=|%(?:25){0,8}|0x)(?:0{0,4}[0-9a-f]{1,2})\}?[\s,;]{0,3}){12,}/gi;
const hexItem = /(?:x|u\{?|\+|=|%(?:25){0,8}|\\)0{0,4}([0-9a-f]{1,2})(?![0-9a-f])/gi;
/** The characters of a text as a list with indices. */
const letterList = /(?:\\{0,8}"\d{1,3}\\{0,8}"\s*:\s*\\{0,8}"[^"\\]\\{0,8}"[,\s]*){12,}/g;
const letterItem = /:\s*\\{0,8}"([^"\\])\\{0,8}"/g;

/**
 * Decodes the parts of a text that a program or a person may have encoded: base64 and hex of texts, bytes as
 * numbers, characters as escapes or with an index. A part that decodes to no readable text, such as a hash,
 * is left out.
 */
export function* decodings(text: string): Generator<Decoding> {
  // Most texts are sentences: one test of each is enough.
  if (longRun.test(text)) yield* ofRuns(text);
  if (manyDigits.test(text)) yield* ofLists(text);
}

function* ofRuns(text: string): Generator<Decoding> {
  for (const { index: from, 0: run } of text.matchAll(base64Run)) {
    // Readable text in base64 has letters of both cases; hashes, paths and names do not.
    if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) continue;
    const letters = run.replaceAll(/\\[nr]|[\s=]/g, '');
    for (let shift = 0; shift < 4; shift += 1)
      yield* readable(from, run, Buffer.from(letters.slice(shift), 'base64'));
  }
  for (const { index: from, 0: run } of text.matchAll(hexRun))
    for (const shift of [0, 1]) yield* readable(from, run, Buffer.from(run.slice(shift), 'hex'));
}

function* ofLists(text: string): Generator<Decoding> {
  for (const { index: from, 0: run } of text.matchAll(numberList)) yield* bytesIn(from, run, numbersIn(run));
  for (const { index: from, 0: run } of text.matchAll(bitList))
    yield* bytesIn(from, run, [(run.match(/[01]{8}/g) ?? []).map(each => Number.parseInt(each, 2))]);
  for (const { index: from, 0: run } of text.matchAll(hexList))
    yield* bytesIn(from, run, [[...run.matchAll(hexItem)].map(([, each = '']) => Number.parseInt(each, 16))]);
  for (const { index: from, 0: run } of text.matchAll(letterList))
    yield {
      from,
      to: from + run.length,
      text: [...run.matchAll(letterItem)].map(([, each]) => each).join(''),
    };
}

function* readable(from: number, run: string, bytes: Buffer): Generator<Decoding> {
  const text = bytes.toString('latin1');
  if (/[\t\n\r -~]{12,}/.test(text)) yield { from, to: from + run.length, text };
}

/** Returns the numbers of a list as decimal ones, and as octal ones where they may be. */
function numbersIn(run: string): number[][] {
  const items = run.replaceAll(index, ' ').match(/\d{1,3}/g) ?? [];
  const isOctal = items.every(each => /^[0-3]?[0-7]{1,2}$/.test(each));
  return [items.map(Number), ...(isOctal ? [items.map(each => Number.parseInt(each, 8))] : [])];
}

/** Yields bytes as a text, or as a key whose text is hexadecimal. */
function* bytesIn(from: number, run: string, lists: readonly (readonly number[])[]): Generator<Decoding> {
  const to = from + run.length;
  for (const list of lists) {
    if (list.length < fewestBytes || list.some(each => each > 255)) continue;
    const bytes = Buffer.from(list);
    yield { from, to, text: bytes.toString('hex') };
    yield* readable(from, run, bytes);
  }
}
