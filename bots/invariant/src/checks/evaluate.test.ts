import { describe, expect, it } from '@jest/globals';
import { ArithmeticError } from '@service-bots/core/hyperdrive';
import { viewOf } from '../../test/view.ts';
import { evaluate, needsDiagnostics } from './evaluate.ts';
import { type Check, type Condition, checks, type Result } from './index.ts';

const check = (name: string, run: Check['run']): Check => ({
  name,
  title: name,
  severity: 'critical',
  formula: '',
  impact: '',
  firstStep: '',
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
  it('reports a defect of one check as undecided, and runs the others', () => {
    const results = evaluate([throwing(new TypeError('x is undefined')), ...checks], viewOf());
    expect(results[0]?.result).toEqual({
      outcome: 'indeterminate',
      reason: 'the check throwing is defective: x is undefined',
    });
    expect(results.map(({ result }) => result.outcome)).toContain('holds');
  });

  it('is undecided where the bot cannot compute a value that the contract can', () => {
    expect(only(throwing(new ArithmeticError('overflow')))).toMatchObject({ outcome: 'indeterminate' });
  });
});

describe('a condition that a check leaves to another check', () => {
  const condition = 'the vault gives no price';
  const leaving = (left: Condition) =>
    check('leaving', () => ({ outcome: 'skipped', reason: 'no price', condition: left }));
  it('stays with the check that reports the condition while that one fails', () => {
    const failing = { ...check('failing', () => fails('critical')), reports: [condition] as const };
    const [first] = evaluate([leaving(condition), failing], viewOf());
    expect(first?.result).toEqual({ outcome: 'skipped', reason: 'no price: see failing', see: 'failing' });
  });
  it.each<[string, Condition, string]>([
    ['holds', condition, 'no price: see vault-answers, which does not fail'],
    ['is not there', 'unheard of' as Condition, 'no price, which no check reports'],
  ])('is undecided, and raised, when the check that reports it %s', (_, left, reason) => {
    expect(only(leaving(left))).toEqual({ outcome: 'indeterminate', reason });
  });
});

describe('needsDiagnostics', () => {
  it('are read when a finding begins or gets worse, and not while it lasts unchanged', () => {
    expect(needsDiagnostics(verdict(fails('warning')), [])).toBe(true);
    expect(needsDiagnostics(verdict({ outcome: 'skipped', reason: '' }), [])).toBe(false);
    const before = verdict(fails('warning'));
    const [{ check: same }] = before as [{ check: Check; result: Result }];
    expect(needsDiagnostics([{ check: same, result: fails('warning') }], before)).toBe(false);
    expect(needsDiagnostics([{ check: same, result: fails('critical') }], before)).toBe(true);
  });
});
