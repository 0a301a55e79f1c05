import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import {
  gasUnits,
  milliseconds,
  positiveInteger,
  positiveIntegers,
  seconds,
  wholeNumber,
} from './numbers.ts';

const problem = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues[0]?.message;

describe('numbers', () => {
  it('default', () => {
    expect(wholeNumber().parse(' 0 ')).toBe(0);
    expect(positiveInteger().parse('12')).toBe(12);
    expect(seconds().parse('0.5')).toBe(0.5);
    expect(milliseconds().parse('1500')).toBe(1500);
    expect(gasUnits().parse('3000000')).toBe(3_000_000n);
  });

  it.each(['1.5', '1e3', '0x10', '1_000', '1,000', '', 'NaN', 'Infinity', '٣', '1 2', '+1'])(
    'behavior: %j is not a whole number',
    text => {
      expect(problem(wholeNumber(), text)).toBe('is not a whole number');
    },
  );

  it('behavior: a range is held and named', () => {
    expect(problem(positiveInteger(), '0')).toBe('is below 1, the least allowed');
    expect(problem(positiveInteger(), '-1')).toBe('is below 1, the least allowed');
    expect(problem(wholeNumber({ max: 65_535 }), '65536')).toBe('is above 65535, the most allowed');
    expect(problem(wholeNumber(), '9007199254740993')).toBe('is too large');
    expect(problem(gasUnits(), '20999')).toMatch(/^is below 21000/);
    expect(problem(gasUnits(), '1000000001')).toMatch(/^is above 1000000000, more than any block takes/);
  });

  it('behavior: in a list, the entry that is wrong is named by its place', () => {
    expect(positiveIntegers().parse('100, 20')).toEqual([100, 20]);
    expect(positiveIntegers().parse('100')).toEqual([100]);
    expect(positiveIntegers().parse('100,,20,\n')).toEqual([100, 20]);
    expect(problem(positiveIntegers(), '100,x,20')).toMatch(/^entry 2 of 3 is not a whole number/);
    expect(problem(positiveIntegers(), 'x')).toMatch(/^is not a whole number/);
    expect(problem(positiveIntegers(), '100,0')).toBe('entry 2 of 2 is below 1, the least allowed');
    expect(problem(positiveIntegers({ max: 50 }), '100')).toBe('is above 50, the most allowed');
  });

  it('behavior: a unit is refused rather than guessed', () => {
    expect(problem(seconds(), '2m')).toBe('is not a number of seconds (digits only, no unit)');
    expect(problem(milliseconds(), '500ms')).toMatch(/no unit/);
    expect(problem(milliseconds(), '0.5')).toMatch(/whole number of milliseconds/);
  });

  it('behavior: quotation marks that docker keeps are named as such', () => {
    expect(problem(wholeNumber(), '"12"')).toBe('has quotation marks around it, which are not taken off');
  });
});
