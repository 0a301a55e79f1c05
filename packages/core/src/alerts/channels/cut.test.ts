import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut } from './cut.ts';

describe('cut', () => {
  it.each([
    ['short enough', 'abc', 3, 'abc'],
    ['too long', 'abcd', 3, 'ab…'],
    ['within a pair', 'ab😀cd', 4, 'ab…'],
    ['after a pair', 'ab😀cd', 5, 'ab😀…'],
    ['half a pair', 'a\ud83db', 3, 'a\uFFFDb'],
    ['nothing left', 'abc', 0, ''],
  ])('behavior: %s', (_, text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
  });

  it('property: never longer than allowed, and nothing that is no character', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '<', '😀', '\ud83d', '\ude00', '…') });
    fc.assert(
      fc.property(text, fc.nat(20), (given, most) => {
        const kept = cut(given, most);
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(kept).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
