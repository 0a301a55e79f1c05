import type { Severity } from '@service-bots/core/alerts';
import type { Verdict } from '../checks/evaluate.ts';
import type { Confirmation } from './crossCheck.ts';

/**
 * Returns the severity of a verdict; undefined unless it fails. A critical finding that another endpoint's
 * numbers do not confirm needs an operator's work, but pages no person.
 */
export function severityOf(
  { check, result }: Verdict,
  confirmation: Confirmation | undefined,
): Severity | undefined {
  if (result.outcome !== 'fails') return undefined;
  const severity = result.severity ?? check.severity;
  return severity === 'critical' && confirmation && !confirmation.confirmed ? 'error' : severity;
}
