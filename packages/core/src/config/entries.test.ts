import { describe, expect, it } from '@jest/globals';
import { eachEntry } from './entries.ts';
import { Refusal } from './parsed.ts';

function taken(text: string): string[] {
  const entries: string[] = [];
  eachEntry(text, entry => entries.push(entry));
  return entries;
}

function refusal(text: string, take: (entry: string) => void): readonly string[] {
  try {
    eachEntry(text, take);
  } catch (error) {
    if (error instanceof Refusal) return error.problems;
    throw error;
  }
  return [];
}

describe('eachEntry', () => {
  it('default: each entry in turn, without the blanks around it', () => {
    expect(taken(' a,b b ,\tc')).toEqual(['a', 'b b', 'c']);
    expect(taken('a')).toEqual(['a']);
  });

  it.each(['a,b,', ',a,b', 'a,,b', 'a , , b ,', 'a\nb', 'a,\nb,\n', 'a\r\nb\r\n', '\n\ta,\n\tb\n'])(
    'behavior: %j has the entries a and b',
    text => {
      expect(taken(text)).toEqual(['a', 'b']);
    },
  );

  it.each(['', ',', ' ,\n, '])('behavior: %j is refused, since it has no entry', text => {
    expect(() => eachEntry(text, () => undefined)).toThrow('has no entry, only separators');
  });

  it('behavior: all that is wrong is told, with the number of the entry, and the right ones are taken', () => {
    const right: string[] = [];
    const take = (entry: string) => {
      if (entry === 'two') throw new Refusal(['is both', 'and that']);
      if (entry === 'four') throw new Refusal('is four');
      right.push(entry);
    };
    expect(refusal('one,two,,three,four', take)).toEqual([
      'entry 2 is both',
      'entry 2 and that',
      'entry 4 is four',
    ]);
    expect(right).toEqual(['one', 'three']);
  });

  it('behavior: a defect is not taken for a mistake of the operator’s', () => {
    const defect = () => {
      throw new TypeError('a defect');
    };
    expect(() => eachEntry('a', defect)).toThrow(TypeError);
  });
});
