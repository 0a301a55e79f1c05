import { describe, expect, it } from '@jest/globals';
import { poolOf } from '../../test/view.ts';
import { negativeInterest } from '../checks/negativeInterest.ts';
import { solvency } from '../checks/solvency.ts';
import { totalShares } from '../checks/totalShares.ts';
import type { Verdict } from '../checks/verdict.ts';
import { causeOf } from './observationsOf.ts';

const pool = poolOf();
const vault = `vault ${pool.config.vaultSharesToken}`;
const fails = (severity?: 'warning' | 'info') => ({
  outcome: 'fails' as const,
  message: 'it fails',
  numbers: [],
  ...(severity ? { severity, isByVault: true as const } : {}),
});
const fallen: Verdict = { check: negativeInterest, result: fails() };

describe('the cause of a finding', () => {
  it.each<[string, Verdict, Verdict[], string | undefined]>([
    ['a shortage while the vault falls', { check: totalShares, result: fails() }, [fallen], vault],
    [
      'a shortage that a loss explains, long after it',
      { check: totalShares, result: fails('warning') },
      [],
      vault,
    ],
    ['… and that stays for good', { check: totalShares, result: fails('info') }, [], vault],
    ['a theft without a loss', { check: totalShares, result: fails() }, [], undefined],
    ['an insolvent pool without a loss', { check: solvency, result: fails() }, [], undefined],
  ])('of %s', (_, verdict, others, cause) => {
    expect(causeOf(pool, verdict, [verdict, ...others])).toBe(cause);
  });
});
