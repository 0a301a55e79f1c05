import { describe, expect, it } from '@jest/globals';
import { Wallet } from 'ethers';
import fc from 'fast-check';
import { jsonLine } from './jsonLine.ts';
import { Redactor } from './Redactor.ts';
import { redactAll } from './redactAll.ts';

const key = '0x00c3a1f9e27b5d48860f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69';
const digits = key.slice(2);
const bytes = Buffer.from(digits, 'hex');
const token = 'Alchemy-Key_0123456789abcdef';
const phrase = Wallet.createRandom().mnemonic?.phrase as string;
const words = phrase.split(' ');
const hash = '0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe6a713944b';
const redactor = new Redactor([key, token]);
const redact = (text: string) => redactor.redact(text);
const percent = (buffer: Buffer) =>
  [...buffer].map(each => `%${each.toString(16).padStart(2, '0')}`).join('');

/** Checks that no useful part of a secret is left: all of it except eight letters would be one. */
function expectGone(text: string, secret: string): void {
  const left = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const core = secret.toLowerCase().replace(/[^a-z0-9]/g, '');
  for (let at = 0; at + core.length - 8 <= core.length; at += 1)
    expect(left).not.toContain(core.slice(at, at + core.length - 8));
}

describe('a secret with something in it', () => {
  it.each([
    ['a line break in the middle', `${digits.slice(0, 30)}\n${digits.slice(30)}`],
    ['a line break and an indentation', `${digits.slice(0, 30)}\r\n        ${digits.slice(30)}`],
    ['a line break as JSON writes it', JSON.stringify(`${digits.slice(0, 30)}\n${digits.slice(30)}`)],
    ['two JSON strings', JSON.stringify([digits.slice(0, 40), digits.slice(40)])],
    ['groups of four', digits.match(/.{4}/g)?.join(' ') ?? ''],
    ['groups with underscores', digits.match(/.{8}/g)?.join('_') ?? ''],
    ['characters of no width', [...digits].join('\u200b')],
    ['characters of no width, escaped', [...digits].join('\\u200b')],
    ['character references of HTML', [...digits].map(each => `&#${each.charCodeAt(0)};`).join('')],
    ['references in hex', [...digits].map(each => `&#x${each.charCodeAt(0).toString(16)};`).join('')],
    [
      'letters of full width',
      [...digits].map(each => String.fromCharCode(each.charCodeAt(0) + 0xfee0)).join(''),
    ],
    ['the colours of a terminal', digits.match(/.{4}/g)?.join('\u001b[0;31m') ?? ''],
    ['the colours of a terminal, escaped', digits.match(/.{4}/g)?.join('\\u001b[0m') ?? ''],
    ['soft hyphens', digits.match(/.{16}/g)?.join('\u00ad') ?? ''],
    [
      'bytes with 0x before each',
      digits
        .match(/../g)
        ?.map(each => `0x${each}`)
        .join(', ') ?? '',
    ],
    [
      'bytes as a C string',
      digits
        .match(/../g)
        ?.map(each => `\\x${each}`)
        .join('') ?? '',
    ],
    ['percent signs before each byte', percent(bytes)],
    ['percent signs before each character', percent(Buffer.from(digits))],
    ['percent signs encoded twice', percent(Buffer.from(digits)).replaceAll('%', '%25')],
    ['HTML references between', digits.match(/.{16}/g)?.join('&#8203;') ?? ''],
  ])('behavior: a key with %s is found', (_, text) => {
    const clean = redact(`before ${text} after`);
    expect(clean).toContain('[redacted]');
    expect(clean).toMatch(/^before .* after$/s);
    expectGone(clean, digits);
  });

  it.each([64, 76, 20])('behavior: base64 wrapped after %i letters is found', width => {
    const text = Buffer.from(`some text before ${key} and after`).toString('base64');
    const wrapped = text.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\r\n') ?? '';
    const clean = redact(wrapped);
    const decoded = Buffer.from(clean.replaceAll(/\[redacted\]|\s/g, ''), 'base64').toString('latin1');
    expectGone(decoded, digits);
    expect(clean).toContain('[redacted]');
  });

  it.each([
    ['percent-encoded', percent(Buffer.from(token))],
    ['over two lines', `${token.slice(0, 12)}\n${token.slice(12)}`],
    ['with characters of no width', [...token].join('\ufeff')],
  ])('behavior: an RPC key %s is found', (_, text) => {
    expect(redact(`a ${text} z`)).toMatch(/^a .*\[redacted\].* z$/s);
    expectGone(redact(text), token);
  });

  it('behavior: hashes, addresses and short passwords in other words stay', () => {
    const quiet = new Redactor([key, 'hunter2']);
    const text = `tx ${hash} hunt er2 from 0x5FbDB2315678afecb367f032d93F642f64180aa3, 100 % at ${JSON.stringify([...Buffer.from('abc')])}`;
    expect(quiet.redact(text)).toBe(text);
  });

  it('property: split by anything at any places, a key is found', () => {
    const separator = fc.string({
      unit: fc.constantFrom(' ', '\n', '\t', ',', '"', "'", '\u200b', '-', '_', '.', '%20', '\\n'),
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(separator, { minLength: 64, maxLength: 64 }), separators => {
        const text = [...digits].map((each, i) => each + separators[i]).join('');
        expectGone(redact(`a ${text} z`), digits);
      }),
    );
  });
});

describe('a recovery phrase', () => {
  it.each([
    ['%20', words.join('%20')],
    ['%2C', words.join('%2C')],
    ['%2520', words.join('%2520')],
    ['+', words.join('+')],
    ['commas', words.join(',')],
    ['slashes', words.join('/')],
    ['underscores', words.join('_')],
    ['characters of no width', words.join('\u200b')],
    ['the same, escaped', words.join('\\u200b')],
    ['line breaks and numbers', words.map((word, i) => `\n          ${i + 1}) ${word}`).join('')],
    ['as an array', JSON.stringify(words)],
    ['as an array over lines', JSON.stringify(words, null, 8)],
    ['as an array in JSON in JSON', JSON.stringify(JSON.stringify(words))],
  ])('behavior: joined by %s it is found', (_, text) => {
    const clean = new Redactor([]).redact(`qq (${text}) zz`);
    expect(clean).toMatch(/^qq \(.{0,40}\[redacted\].{0,12}\) zz$/s);
    for (const word of words) expect(clean).not.toContain(word);
  });
});

describe('a secret over several fields', () => {
  const half = [digits.slice(0, 30), digits.slice(30)] as const;

  it.each([
    ['two fields', { first: half[0], second: half[1], third: 'fine' }],
    ['a field and a list', { first: half[0], second: [half[1], 'fine'] }],
    ['two lines of a stack', { stack: [`at ${half[0]}`, half[1]] }],
    ['many fields', Object.fromEntries([...digits].map((each, i) => [`f${i}`, each]))],
    ['a phrase as fields', Object.fromEntries(words.map((word, i) => [`w${i}`, word]))],
  ])('behavior: %s', (_, fields) => {
    const shown = JSON.stringify(redactAll(fields, redact));
    expect(shown).toContain('[redacted]');
    expect(Object.keys(JSON.parse(shown))).toEqual(Object.keys(fields));
    const left = Object.values(JSON.parse(shown)).flat().join('');
    expectGone(left, digits);
    for (const word of words) expect(left).not.toContain(word);
    const line = jsonLine({ time: new Date(0), level: 'info', bot: 'b', message: 'm', fields }, redactor);
    expect(JSON.parse(line).bot).toBe('b');
    expect(line).toContain('[redacted]');
  });

  it('behavior: fields without a secret stay as they are', () => {
    const fields = { a: 'https://host.example/x', b: [hash, '', 'text'], c: 1, d: null };
    expect(redactAll(fields, redact)).toEqual({ ...fields, a: 'https://host.example/[redacted]' });
  });
});
