import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { privateKey } from './privateKey.ts';

const problem = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues[0]?.message;

describe('privateKey', () => {
  it('default', () => {
    const key = 'aB'.repeat(32);
    expect(privateKey().parse(key).reveal()).toBe(`0x${key.toLowerCase()}`);
    expect(privateKey().parse(`0x${key}`).reveal()).toBe(`0x${key.toLowerCase()}`);
  });

  it('behavior: says what is wrong without saying what was given', () => {
    expect(problem(privateKey(), 'f'.repeat(63))).toBe('is not a private key: 63 hex digits instead of 64');
    expect(problem(privateKey(), '0'.repeat(64))).toMatch(/out of the range/);
    expect(problem(privateKey(), 'f'.repeat(64))).toMatch(/out of the range/);
    expect(problem(privateKey(), `0x${'z'.repeat(64)}`)).toMatch(/other characters than hex digits/);
  });

  it('behavior: no problem ever holds a piece of what was given', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), text => {
        expect(problem(privateKey(), text) ?? '').not.toContain(text);
      }),
    );
  });
});
