import { reasonOf } from '@service-bots/core/errors';
import { ArithmeticError } from '@service-bots/core/hyperdrive';
import type { Snapshot } from '../readings/index.ts';
import { isRefused, Unread } from '../readings/readResults.ts';
import { NotApplicable } from './applicable.ts';
import { checks as allChecks, type Check, type Condition, type Result, type View } from './index.ts';
import { severityOf, type Verdict } from './verdict.ts';

/**
 * Runs checks on one view. Never throws: a value that cannot be read or computed is a result as well. A check
 * may leave a condition to the check that reports it. If that check does not fail, the first one is
 * indeterminate instead: otherwise two checks that leave a case to each other would report nothing.
 */
export function evaluate(checks: readonly Check[], view: View): Verdict[] {
  const results = new Map<string, Result>();
  const resultOf = (check: Check): Result => {
    const result = results.get(check.name) ?? run(check, view);
    results.set(check.name, result);
    return result;
  };
  const reports = (condition: Condition): Reporter | undefined => {
    const check = [...checks, ...allChecks].find(each => each.reports?.includes(condition));
    return check && { name: check.name, isFailing: resultOf(check).outcome === 'fails' };
  };
  return checks.map(check => ({ check, result: withReporter(resultOf(check), view.now, reports) }));
}

/** The check that reports a condition. */
interface Reporter {
  name: string;
  isFailing: boolean;
}

/** Names the check to which this result leaves its condition. */
function withReporter(
  result: Result,
  now: Snapshot,
  reports: (condition: Condition) => Reporter | undefined,
): Result {
  if (result.outcome !== 'skipped' && result.outcome !== 'indeterminate') return result;
  const { condition, ...rest } = result;
  if (condition === undefined) return result;
  if (condition === 'a contract does not answer') {
    const reporter = silences(now)
      .map(reports)
      .find(each => each?.isFailing);
    if (!reporter) return rest as Result;
    const reason = `${rest.reason}: see ${reporter.name}`;
    return { ...rest, outcome: 'indeterminate', reason, see: reporter.name };
  }
  const reporter = reports(condition);
  if (!reporter)
    return { ...rest, outcome: 'indeterminate', reason: `${rest.reason}, which no check reports` };
  const reason = `${rest.reason}: see ${reporter.name}`;
  return reporter.isFailing
    ? { ...rest, reason, see: reporter.name }
    : { ...rest, outcome: 'indeterminate', reason: `${reason}, which does not fail` };
}

/** Returns the conditions under which a contract refuses values, the deepest cause first. */
function silences({ lpSharePrice }: Snapshot): Condition[] {
  return [
    'the pool does not answer',
    'the vault gives no price',
    ...(isRefused(lpSharePrice) ? (['LP shares have no value'] as const) : []),
  ];
}

function run(check: Check, view: View): Result {
  try {
    return check.run(view);
  } catch (error) {
    if (error instanceof NotApplicable)
      return {
        outcome: 'skipped',
        reason: error.message,
        ...(error.condition ? { condition: error.condition } : {}),
      };
    if (error instanceof Unread)
      return {
        outcome: 'indeterminate',
        reason: error.message,
        ...(error.isContracts ? { condition: 'a contract does not answer' } : {}),
      };
    // The error comes from our own computation, which alone proves no violation: the contract is asked for
    // values that it can compute.
    if (error instanceof ArithmeticError)
      return {
        outcome: 'indeterminate',
        reason: `the bot’s own computation fails on the numbers of this pool (${error.message}), so this invariant is neither shown to hold nor to fail`,
      };
    // A defect of one check does not affect the others, and is reported.
    return { outcome: 'indeterminate', reason: `the check ${check.name} is defective: ${reasonOf(error)}` };
  }
}

/** Returns whether diagnostics can change the result of a check. */
function usesDiagnostics({ needs = [] }: Check): boolean {
  return needs.some(need => need !== 'before' && need !== 'history');
}

/** Returns the state whose change is reported again. */
function stateOf(verdict: Verdict): string {
  return severityOf(verdict) ?? verdict.result.outcome;
}

/**
 * Returns whether there is a new failure, or one that diagnostics may explain.
 * @param last the results of the time before
 */
export function needsDiagnostics(verdicts: readonly Verdict[], last: readonly Verdict[]): boolean {
  return verdicts.some(({ check, result }) => {
    if (result.outcome === 'holds' || result.outcome === 'skipped') return false;
    const before = last.find(verdict => verdict.check === check);
    return !before || stateOf(before) !== stateOf({ check, result }) || usesDiagnostics(check);
  });
}
