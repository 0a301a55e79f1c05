import type { Logger } from '../logger/index.ts';
import type { Notice } from './alert.ts';
import type { Remembered } from './condition.ts';

/** What the log says of a notice, whoever else hears of it. */
export function logNotice(logger: Logger, { occasion, alert, ending, decision }: Notice): void {
  const { severity, check, pool, title, message, runbook, owner, data } = alert;
  // As a child, so that no key in the data passes for one of the alert's own.
  const line = logger.child(data);
  if (occasion === 'news') {
    line.info(`news: ${title}: ${message}`, { check, pool });
    return;
  }
  const level = occasion === 'resolved' || occasion === 'acknowledged' ? 'info' : severity;
  const about = { check, pool, severity, runbook, owner, ending, decision };
  line[level](`alert ${occasion}: ${title}: ${message}`, about);
}

/** A finding that people hear of with others has a line of its own. */
export function logMember(
  logger: Logger,
  { severity, title, message, check, pool, cause }: Remembered,
): void {
  logger[severity](`alert opened, in one with others of ${cause}: ${title}: ${message}`, {
    check,
    pool,
    severity,
  });
}

/** What nobody is told is in the log all the same. */
export function logMuted(logger: Logger, { severity, title, message, check, pool }: Remembered): void {
  logger[severity](`alert opened, but muted: ${title}: ${message}`, { check, pool, severity });
}
