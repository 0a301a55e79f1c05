/** Who gets up: info nobody, warning somebody today, error somebody soon, critical somebody now. */
export const severities = ['info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** The higher, the worse. */
export function rank(severity: Severity): number {
  return severities.indexOf(severity);
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return rank(severity) >= rank(least);
}

export function worse(left: Severity, right: Severity): Severity {
  return rank(left) > rank(right) ? left : right;
}
