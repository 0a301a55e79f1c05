import type { Severity } from '@service-bots/core/alerts';
import { show } from '../readings/quantity.ts';
import type { Check, Result } from './Check.ts';

/** A check and its result. */
export interface Verdict {
  check: Check;
  result: Result;
}

/**
 * Returns the severity of a verdict; undefined unless it fails. A critical finding that another endpoint's
 * numbers do not confirm needs an operator's work, but pages no person.
 * @param confirmation the cross-check of the finding, where there was one
 */
export function severityOf(
  { check, result }: Verdict,
  confirmation?: { confirmed: boolean },
): Severity | undefined {
  if (result.outcome !== 'fails') return undefined;
  const severity = result.severity ?? check.severity;
  return severity === 'critical' && confirmation && !confirmation.confirmed ? 'error' : severity;
}

/** Returns the failure and its amount. */
export function sentenceOf({ message, by }: Extract<Result, { outcome: 'fails' }>, decimals: number): string {
  return by ? `${message} (${by.name} ${show(by, decimals)})` : message;
}
