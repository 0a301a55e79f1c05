import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { choice, flag, password, secretText, text } from './words.ts';

const problem = (schema: z.ZodType, value: string) => schema.safeParse(value).error?.issues[0]?.message;

describe('words', () => {
  it.each([
    ['true', true],
    ['YES', true],
    ['1', true],
    ['False', false],
    ['no', false],
    ['0', false],
  ])('default: the flag %s is %s', (value, expected) => {
    expect(flag().parse(value)).toBe(expected);
  });

  it.each(['on', 'off', 'tru', '2', 'null'])('behavior: the flag %s is refused', value => {
    expect(problem(flag(), value)).toBe('is neither true nor false');
  });

  it('behavior: a choice is one of its words, as they are written here', () => {
    expect(choice(['json', 'pretty']).parse('JSON')).toBe('json');
    expect(problem(choice(['json', 'pretty']), 'xml')).toBe('is none of json, pretty');
  });

  it('behavior: texts are one line, tokens one word, passwords as given', () => {
    expect(text().parse(' mainnet fork ')).toBe('mainnet fork');
    expect(problem(text(), 'a\nb')).toMatch(/line break/);
    expect(problem(secretText(), 'a b')).toMatch(/blank/);
    expect(password().parse(' "p" ').reveal()).toBe(' "p" ');
  });
});
