import { reasonOf } from '@service-bots/core/errors';
import { ArithmeticError } from '@service-bots/core/hyperdrive';
import { severityOf } from '../judging/severityOf.ts';
import { isRefused, Unread } from '../readings/reading.ts';
import { NotApplicable } from './applicable.ts';
import { checks as allChecks, type Check, type Result, type View } from './index.ts';

/** A check and its result. */
export interface Verdict {
  check: Check;
  result: Result;
}

/**
 * Runs checks on one view. Never throws: a value that cannot be read or computed is a result as well. A check
 * may leave a case to another check that fails for the same cause. If that other check does not fail, the
 * first one is indeterminate instead: otherwise two checks that leave a case to each other would report
 * nothing.
 */
export function evaluate(checks: readonly Check[], view: View): Verdict[] {
  const results = new Map<string, Result>();
  const resultOf = (check: Check): Result => {
    const result = results.get(check.name) ?? run(check, view);
    results.set(check.name, result);
    return result;
  };
  const named = (name: string) => [...checks, ...allChecks].find(check => check.name === name);
  const isFailing = (name: string) => {
    const check = named(name);
    return check !== undefined && resultOf(check).outcome === 'fails';
  };
  const causes = causesIn(view);
  return checks.map(check => ({ check, result: accounted(resultOf(check), causes, isFailing) }));
}

/** Returns the checks that name an unresponsive contract, the deepest cause first. */
function causesIn({ now }: View): string[] {
  return ['pool-answers', 'vault-answers', ...(isRefused(now.lpSharePrice) ? ['present-value'] : [])];
}

function accounted(result: Result, causes: readonly string[], isFailing: (name: string) => boolean): Result {
  if (result.outcome !== 'skipped' && result.outcome !== 'indeterminate') return result;
  const { see, ...rest } = result;
  if (see === undefined) return result;
  if (see !== aContract)
    return isFailing(see)
      ? result
      : { ...rest, outcome: 'indeterminate', reason: `${rest.reason}, which does not fail` };
  const cause = causes.find(isFailing);
  if (cause === undefined) return rest as Result;
  return { ...rest, outcome: 'indeterminate', reason: `${rest.reason}: see ${cause}`, see: cause };
}

/** Represents the check that names the unresponsive contract. */
const aContract = 'causes';

function run(check: Check, view: View): Result {
  try {
    return check.run(view);
  } catch (error) {
    if (error instanceof NotApplicable)
      return { outcome: 'skipped', reason: error.message, ...(error.see ? { see: error.see } : {}) };
    if (error instanceof Unread)
      return {
        outcome: 'indeterminate',
        reason: error.message,
        ...(error.isContracts ? { see: aContract } : {}),
      };
    // The error comes from our own computation, which alone proves no violation: the contract is asked for
    // values that it can compute.
    if (error instanceof ArithmeticError)
      return {
        outcome: 'indeterminate',
        reason: `the bot’s own computation fails on the numbers of this pool (${error.message}), so that nothing is known about this invariant`,
      };
    // A defect of one check does not affect the others, and is reported.
    return { outcome: 'indeterminate', reason: `the check ${check.name} is defective: ${reasonOf(error)}` };
  }
}

/** Checks that a closer look can change. */
const decidedByCloserLook = new Set(['lp-share-price', 'total-shares', 'present-value']);

/** Returns the state whose change is reported again. */
function stateOf(verdict: Verdict): string {
  return severityOf(verdict, undefined) ?? verdict.result.outcome;
}

/**
 * Returns whether there is a new failure, or one that an examination may explain.
 * @param last the results of the time before
 */
export function needsCloserLook(verdicts: readonly Verdict[], last: readonly Verdict[]): boolean {
  return verdicts.some(({ check, result }) => {
    if (result.outcome === 'holds' || result.outcome === 'skipped') return false;
    const before = last.find(verdict => verdict.check === check);
    return !before || stateOf(before) !== stateOf({ check, result }) || decidedByCloserLook.has(check.name);
  });
}
