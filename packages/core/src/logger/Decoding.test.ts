import { describe, expect, it } from '@jest/globals';
import { Wallet } from 'ethers';
import { Redactor } from './Redactor.ts';

const key = '0x00c3a1f9e27b5d48860f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69';
const token = 'Alchemy-Key_0123456789abcdef';
const hash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';
const redactor = new Redactor([key, token]);
const redact = (text: string) => redactor.redact(text);

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const each = (bytes: Buffer, write: (byte: number) => string, between = '') =>
  [...bytes].map(write).join(between);
const octal = (byte: number) => byte.toString(8).padStart(3, '0');
const hex = (byte: number) => byte.toString(16).padStart(2, '0');
/** Prints bytes as `od -b` does: sixteen a line, with the place of each line in octal. */
const od = (bytes: Buffer) =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const place = (16 * line).toString(8).padStart(7, '0');
    return `${place} ${each(bytes.subarray(16 * line, 16 * line + 16), octal, ' ')}\n`;
  }).join('');
const wrapped = (text: string) => (text.match(/.{1,76}/g) ?? []).join('\n');

const encodings: [how: string, encode: (bytes: Buffer) => string][] = [
  ['in octal, as a string of C', bytes => each(bytes, byte => `\\${octal(byte)}`)],
  ['the same in JSON', bytes => JSON.stringify(each(bytes, byte => `\\${octal(byte)}`))],
  ['in octal, with blanks', bytes => each(bytes, octal, ' ')],
  ['in octal, as od prints it', od],
  ['in binary', bytes => each(bytes, byte => byte.toString(2).padStart(8, '0'), ' ')],
  ['as an array of bytes', bytes => JSON.stringify([...bytes])],
  ['as a Buffer in JSON', bytes => JSON.stringify(bytes)],
  ['as a Uint8Array in JSON', bytes => JSON.stringify(new Uint8Array(bytes))],
  ['as a Uint8Array in JSON in JSON', bytes => JSON.stringify(JSON.stringify(new Uint8Array(bytes)))],
  ['as numbers in hex', bytes => each(bytes, byte => `0x${byte.toString(16)}`, ', ')],
  ['as escapes of four digits', bytes => each(bytes, byte => `\\u00${hex(byte)}`)],
  ['as escapes in braces', bytes => each(bytes, byte => `\\u{${byte.toString(16)}}`)],
  ['as quoted-printable', bytes => each(bytes, byte => `=${hex(byte).toUpperCase()}`)],
  ['in base64 twice', bytes => base64(base64(bytes))],
  ['in base64 three times', bytes => base64(base64(base64(bytes)))],
  [
    'in base64 twice, in lines',
    bytes => wrapped(base64(base64(Buffer.concat([Buffer.from('a longer text: '), bytes])))),
  ],
  ['in base64 of JSON with base64', bytes => base64(JSON.stringify({ auth: base64(bytes) }))],
  ['in base64 of hex', bytes => base64(bytes.toString('hex'))],
  ['in hex of base64', bytes => Buffer.from(base64(bytes)).toString('hex')],
  ['in percent signs of base64', bytes => encodeURIComponent(base64(bytes))],
];

const secrets: [what: string, bytes: Buffer][] = [
  ['a key as text', Buffer.from(key)],
  ['a key as bytes', Buffer.from(key.slice(2), 'hex')],
  ['an RPC key', Buffer.from(token)],
];

describe('a secret that is encoded', () => {
  it.each(
    secrets.flatMap(([what, bytes]) => encodings.map(([how, encode]) => [what, how, encode(bytes)] as const)),
  )('behavior: %s %s is found', (_, _how, text) => {
    const clean = redact(`before ${text} after`);
    expect(clean).toMatch(/^before .*\[redacted\].*after$/s);
    expect(clean.replaceAll('[redacted]', '').length).toBeLessThan(48);
  });

  it.each([
    ['base64', base64(`the phrase is ${Wallet.createRandom().mnemonic?.phrase}`)],
    ['an array of bytes', JSON.stringify([...Buffer.from(Wallet.createRandom().mnemonic?.phrase ?? '')])],
  ])('behavior: a recovery phrase as %s is found, though nobody named it', (_, text) => {
    expect(redact(text)).toMatch(/^\[?\[redacted\][\]=]{0,2}$/);
  });

  it('behavior: what is encoded and holds no secret stays', () => {
    const text = [
      `tx ${hash} to 0x5FbDB2315678afecb367f032d93F642f64180aa3`,
      base64('an ordinary text that somebody put into base64'),
      base64(base64('and one of them twice')),
      JSON.stringify([...Buffer.from('bytes of a text')]),
      JSON.stringify(Array.from({ length: 30 }, (_, i) => i * 37)),
      '2026-11-30T18:40:22.123Z 10.0.0.1 200 17 5 3 12 9 1 0 0 4',
      '/usr/lib/node_modules/someLongPackageName/dist/index.js:12:34',
    ].join('\n');
    expect(redact(text)).toBe(text);
  });
});

describe('a secret in parts', () => {
  const [first, second] = [key.slice(2, 34), key.slice(34)];

  it.each([
    ['two fields of JSON in a text', JSON.stringify({ first, second })],
    ['two words', `it begins with ${first} and goes on with ${second}`],
    ['the wrong order', `the end is ${second}, the beginning ${first}`],
    ['lines with numbers', (key.match(/.{1,16}/g) ?? []).map((part, i) => `line ${i}: ${part}`).join('\n')],
    ['a beginning alone', `the key ${first}… is refused`],
    ['bold letters', [...key].map(bold).join('')],
  ])('behavior: a key in %s leaves no ten letters of it', (_, text) => {
    const clean = redact(text);
    expect(clean).toContain('[redacted]');
    for (let at = 2; at + 10 <= key.length; at += 1) expect(clean).not.toContain(key.slice(at, at + 10));
  });

  it('behavior: words that a secret has in common with a sentence stay', () => {
    const named = new Redactor(['service-bots-checkpoint-4711-mainnet', `0x${'0'.repeat(62)}01`]);
    const text = `the checkpoint of service bots is late; pool 0x${'0'.repeat(40)}, ${'0'.repeat(30)}7`;
    expect(named.redact(text)).toBe(text);
  });
});

describe('a text that nobody imagined', () => {
  it.each([
    ['backslashes', '\\'],
    ['percent signs', '%25'],
    ['numbers', '1,'],
    ['escapes', '\\0'],
    ['indices', '"1":"a",'],
    ['lines of base64', 'AAAAAAAAAAAAAAAAaa=\n'],
  ])('behavior: 60,000 characters of %s are redacted in the time of any others', (_, part) => {
    const text = `x${part.repeat(60_000 / part.length)}`;
    // The processor's time is measured, since the wall-clock time varies on a busy machine: 60,000
    // backslashes took 8 s once.
    const from = process.cpuUsage().user;
    expect(redact(text)).toHaveLength(text.length);
    expect(process.cpuUsage().user - from).toBeLessThan(4_000_000);
  });
});

/** Returns a mathematical bold letter. */
function bold(letter: string): string {
  const code = letter.charCodeAt(0);
  return String.fromCodePoint(code >= 97 ? 0x1d41a + code - 97 : 0x1d7ce + code - 48);
}
