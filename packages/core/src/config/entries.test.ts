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

  it('behavior: an empty entry is an entry: who takes it says what is wrong with it', () => {
    expect(taken('a,,b,')).toEqual(['a', '', 'b', '']);
    expect(taken('')).toEqual(['']);
  });

  it('behavior: all that is wrong is told, with the number of the entry, and the right ones are taken', () => {
    const right: string[] = [];
    const take = (entry: string) => {
      if (entry === 'two') throw new Refusal(['is both', 'and that']);
      if (entry === '') throw new Refusal('is empty');
      right.push(entry);
    };
    expect(refusal('one,two,three,', take)).toEqual([
      'entry 2 is both',
      'entry 2 and that',
      'entry 4 is empty',
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
