import { describe, expect, it } from '@jest/globals';
import { amount, duration, moment, short } from './format.ts';

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [1_801, '30 min'],
    [43_201, '12 h'],
    [45_000, '12 h 30 min'],
    [86_399, '23 h 59 min'],
    [86_400, '1 d'],
    [176_460, '2 d 1 h'],
    [-90, '-1 min'],
  ])('default: %d s is %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('moment', () => {
  it('default: day and time, UTC', () => {
    expect(moment(Date.UTC(2026, 10, 29, 12, 5, 59) / 1000)).toBe('29 Nov 12:05');
  });
});

describe('amount', () => {
  it('default: two decimals, rounded down', () => {
    expect(amount(6_005_619_999_999_999_999_999n, 18)).toBe('6,005.61');
  });

  it.each([
    [8_000_000_000n, 6, '8,000.00'],
    [1_234_567_800_000n, 6, '1,234,567.80'],
    [999n, 0, '999.00'],
    [1n, 18, '0.00'],
    [0n, 18, '–'],
  ])('behavior: %d with %d decimals is %s', (value, decimals, text) => {
    expect(amount(value, decimals)).toBe(text);
  });
});

describe('short', () => {
  it('default: both ends of a hash', () => {
    expect(short(`0x1a2b${'0'.repeat(56)}3c4d`)).toBe('0x1a2b…3c4d');
  });
});
