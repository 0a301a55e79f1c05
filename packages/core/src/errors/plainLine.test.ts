import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainLine } from './plainLine.ts';

describe('plainLine', () => {
  it.each([
    ['a plain text as it is', 'BadState: round 7 – zu früh 🎲', 'BadState: round 7 – zu früh 🎲'],
    ['NUL', 'a\0b', 'a\\u0000b'],
    ['a terminal sequence', '\u001b[2J\u009b31m', '\\u001b[2J\\u009b31m'],
    ['writing from right to left', 'safe\u202egnp.exe\u2066', 'safe\\u202egnp.exe\\u2066'],
    ['characters of no width', 'pau\u200bsed\ufeff', 'pau\\u200bsed\\ufeff'],
    ['tag characters beyond the first plane', 'a\u{e0041}', 'a\\ue0041'],
    [
      'line breaks of every kind',
      'a\nb\rc\u2028d\u2029e\u0085f\tg',
      'a\\nb\\u000dc\\u2028d\\u2029e\\u0085f\\tg',
    ],
    ['half a character', 'a\ud83d', 'a\ufffd'],
  ])('default: %s', (_, text, line) => {
    expect(plainLine(text)).toBe(line);
  });

  it('behavior: a long text is cut, and the text says so', () => {
    expect(plainLine('x'.repeat(5_000))).toBe(`${'x'.repeat(200)}… [5000 characters]`);
    expect(plainLine('🎲'.repeat(500), 3)).toBe('🎲\ufffd… [1000 characters]');
  });

  it('behavior: whatever bytes a contract gives, one short line comes out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
        const line = plainLine(text);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(line.length).toBeLessThan(240);
      }),
    );
  });
});
