/** The urgency for people: info needs no action, warning needs it today, error soon, critical now. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Returns the rank of a severity; a higher rank is worse. */
export function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return rank(severity) >= rank(least);
}

export function worse(left: Severity, right: Severity): Severity {
  return rank(left) > rank(right) ? left : right;
}
