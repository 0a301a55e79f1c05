import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { address, addressList } from './addresses.ts';
import { readableIn } from './parsed.ts';

const problem = (schema: z.ZodType, text: string) => schema.safeParse(text).error?.issues[0]?.message;
const right = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
const other = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512';

describe('address', () => {
  it('default', () => {
    expect(address().parse(right)).toBe(right);
    expect(address().parse(right.toLowerCase())).toBe(right);
    expect(address().parse(`0x${right.slice(2).toUpperCase()}`)).toBe(right);
  });

  it('behavior: a wrong checksum is refused and named', () => {
    expect(problem(address(), right.replace('F', 'f'))).toMatch(/^has a wrong checksum/);
  });

  it('behavior: says what a text that is no address lacks', () => {
    expect(problem(address(), right.slice(0, -1))).toBe('is not an address: 39 hex digits instead of 40');
    expect(problem(address(), right.slice(2))).toBe('is not an address (0x and 40 hex digits)');
    expect(problem(address(), 'vitalik.eth')).toBe('is not an address (0x and 40 hex digits)');
  });
});

describe('addressList', () => {
  it('default', () => {
    expect(addressList().parse(`${right.toLowerCase()}, ${other}`)).toEqual([right, other]);
    expect(addressList().parse(`\n${right},\n${other},\n`)).toEqual([right, other]);
  });

  it('behavior: names the entry that is wrong or repeated', () => {
    expect(problem(addressList(), `${right},x`)).toBe('entry 2 is not an address (0x and 40 hex digits)');
    expect(problem(addressList(), `${right},${other},${right.toLowerCase()}`)).toBe(
      `entry 3 repeats ${right}`,
    );
  });

  it('behavior: says all that is wrong with an entry, and what could be read of the list', () => {
    const found = addressList().safeParse(`${right},0x12,${right.replace('F', 'f')},${other}`)
      .error as z.ZodError;
    expect(found.issues.map(({ message }) => message)).toEqual([
      'entry 2 is not an address: 2 hex digits instead of 40',
      'entry 3 has a wrong checksum: a digit or the case of a letter was changed',
      `entry 3 repeats ${right}`,
    ]);
    expect(readableIn(found)).toEqual([right, other]);
  });
});
