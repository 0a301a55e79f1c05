import { describe, expect, it } from '@jest/globals';
import { ArithmeticError } from '@service-bots/core/hyperdrive';
import { viewOf } from '../../test/view.ts';
import { evaluate, needsCloserLook } from './evaluate.ts';
import { type Check, checks, type Result } from './index.ts';

const check = (name: string, run: Check['run']): Check => ({
  name,
  title: name,
  severity: 'critical',
  formula: '',
  run,
});
const throwing = (error: Error) =>
  check('throwing', () => {
    throw error;
  });
const only = (one: Check) => evaluate([one], viewOf())[0]?.result;
const verdict = (result: Result) => [{ check: throwing(new Error()), result }];
const fails = (severity: 'warning' | 'critical'): Result => ({
  outcome: 'fails',
  severity,
  message: '',
  numbers: [],
});

describe('running checks', () => {
  it('a defect in one check is told as undecided, and blinds no other', () => {
    const results = evaluate([throwing(new TypeError('x is undefined')), ...checks], viewOf());
    expect(results[0]?.result).toEqual({
      outcome: 'indeterminate',
      reason: 'the check throwing is defective: x is undefined',
    });
    expect(results.map(({ result }) => result.outcome)).toContain('holds');
  });

  it('what we cannot compute is undecided while the contract can', () => {
    expect(only(throwing(new ArithmeticError('overflow')))).toMatchObject({ outcome: 'indeterminate' });
  });
});

describe('a case that a check leaves to another one', () => {
  const leaving = (see: string) =>
    check('leaving', () => ({ outcome: 'skipped', reason: `see ${see}`, see }));
  it('stays with the other while that one fails', () => {
    const [first] = evaluate([leaving('failing'), check('failing', () => fails('critical'))], viewOf());
    expect(first?.result).toEqual({ outcome: 'skipped', reason: 'see failing', see: 'failing' });
  });
  it.each([
    ['holds', 'solvency'],
    ['is not there', 'unheard-of'],
  ])('is undecided, and told, when the other %s', (_, see) => {
    expect(only(leaving(see))).toEqual({
      outcome: 'indeterminate',
      reason: `see ${see}, which does not fail`,
    });
  });
});

describe('a closer look', () => {
  it('is worth it when something begins, or gets worse; not while it stays as it is', () => {
    expect(needsCloserLook(verdict(fails('warning')), [])).toBe(true);
    expect(needsCloserLook(verdict({ outcome: 'skipped', reason: '' }), [])).toBe(false);
    const before = verdict(fails('warning'));
    const [{ check: same }] = before as [{ check: Check; result: Result }];
    expect(needsCloserLook([{ check: same, result: fails('warning') }], before)).toBe(false);
    expect(needsCloserLook([{ check: same, result: fails('critical') }], before)).toBe(true);
  });
});
