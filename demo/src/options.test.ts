import { describe, expect, it } from '@jest/globals';
import { demoOptions, usage } from './options.ts';

const acts = ['checkpoint', 'keeper'] as const;
const options = (args: string[], env: Record<string, string> = {}) => demoOptions(args, env, acts);

describe('demoOptions', () => {
  it('default: all acts, and stays up', () => {
    expect(options([])).toEqual({ act: undefined, once: false, help: false });
  });

  it.each(['1', 'true', 'TRUE'])('behavior: ONCE=%s stops at the end', ONCE => {
    expect(options([], { ONCE }).once).toBe(true);
  });

  it.each(['', '0', 'false'])('behavior: ONCE=%s does not', ONCE => {
    expect(options([], { ONCE }).once).toBe(false);
  });

  it('behavior: one act', () => {
    expect(options([], { ACT: 'keeper' }).act).toBe('keeper');
    expect(options([], { ACT: '' }).act).toBeUndefined();
  });

  it('behavior: arguments, also after a separator', () => {
    expect(options(['--', '--once']).once).toBe(true);
    expect(options(['-h']).help).toBe(true);
  });

  it('behavior: refuses what it does not know', () => {
    expect(() => options(['--twice'])).toThrow('unknown argument --twice');
    expect(() => options([], { ONCE: 'maybe' })).toThrow('ONCE is maybe');
    expect(() => options([], { ACT: 'third' })).toThrow('ACT is third; give checkpoint or keeper');
  });
});

describe('usage', () => {
  it('default: names the acts', () => {
    expect(usage(acts)).toContain('in acts: checkpoint, keeper.');
  });
});
