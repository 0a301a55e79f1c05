import { reasonOf } from '@service-bots/core/errors';
import { ArithmeticError } from '@service-bots/core/hyperdrive';
import type { Check, Result, View } from './checks/index.ts';
import { Unread } from './reading.ts';
import { severityOf } from './severity.ts';

/** A check and what it came to. */
export interface Verdict {
  check: Check;
  result: Result;
}

/** Runs checks on one view. Never throws: what cannot be read or computed is a result as well. */
export function evaluate(checks: readonly Check[], view: View): Verdict[] {
  return checks.map(check => ({ check, result: run(check, view) }));
}

function run(check: Check, view: View): Result {
  try {
    return check.run(view);
  } catch (error) {
    if (error instanceof Unread) return { outcome: 'indeterminate', reason: error.message };
    // Our own computation, and nobody is accused on its word alone: what the contract can compute it is asked for.
    if (error instanceof ArithmeticError)
      return { outcome: 'indeterminate', reason: `it could not be computed: ${error.message}` };
    // A defect of one check blinds no other, and is told.
    return { outcome: 'indeterminate', reason: `the check itself is defective: ${reasonOf(error)}` };
  }
}

/** Checks that a closer look can change. */
const decidedByCloserLook = new Set(['lp-share-price', 'total-shares']);

/** What people are told anew when it changes. */
function stateOf(verdict: Verdict): string {
  return severityOf(verdict, undefined) ?? verdict.result.outcome;
}

/**
 * Whether something new seems wrong, or something that a closer look may explain.
 * @param last what the checks came to the time before
 */
export function needsCloserLook(verdicts: readonly Verdict[], last: readonly Verdict[]): boolean {
  return verdicts.some(({ check, result }) => {
    if (result.outcome === 'holds' || result.outcome === 'skipped') return false;
    const before = last.find(verdict => verdict.check === check);
    return !before || stateOf(before) !== stateOf({ check, result }) || decidedByCloserLook.has(check.name);
  });
}
