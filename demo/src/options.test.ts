import { describe, expect, it } from '@jest/globals';
import { demoOptions } from './options.ts';

describe('demoOptions', () => {
  it('default: stays up', () => {
    expect(demoOptions([], undefined)).toEqual({ once: false, help: false });
  });

  it.each(['1', 'true', 'TRUE'])('behavior: ONCE=%s stops at the end', once => {
    expect(demoOptions([], once).once).toBe(true);
  });

  it.each(['', '0', 'false'])('behavior: ONCE=%s does not', once => {
    expect(demoOptions([], once).once).toBe(false);
  });

  it('behavior: arguments, also after a separator', () => {
    expect(demoOptions(['--', '--once'], undefined).once).toBe(true);
    expect(demoOptions(['-h'], undefined).help).toBe(true);
  });

  it('behavior: refuses what it does not know', () => {
    expect(() => demoOptions(['--twice'], undefined)).toThrow('unknown argument --twice');
    expect(() => demoOptions([], 'maybe')).toThrow('ONCE is maybe');
  });
});
