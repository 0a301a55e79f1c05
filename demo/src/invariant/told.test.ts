import { describe, expect, it } from '@jest/globals';
import { over, page } from './told.fixture.ts';
import { rounded, toldOf } from './told.ts';

describe('toldOf', () => {
  it('default: what the item’s data says', () => {
    const { occasion, level, check, pool, block, by, message } = page;
    const alert = { check, pool, occasion, message, data: { poolName: '7 Day DAI', block, by, numbers: {} } };
    expect(toldOf({ level, custom: { alert } })).toEqual(page);
  });
  it('behavior: of an end there are no numbers', () => {
    const { occasion, level, check, pool, message } = over(page);
    expect(toldOf({ level, custom: { alert: { check, pool, occasion, message, data: {} } } })).toEqual(
      over(page),
    );
  });
});

describe('rounded', () => {
  it.each([
    ['-50999.683421 shares', '-50,999.68 shares'],
    ['-20.00000000000001 %', '-20.00 %'],
    ['7 seconds', '7.00 seconds'],
  ])('default: %s is %s', (quantity, text) => {
    expect(rounded(quantity)).toBe(text);
  });
});
