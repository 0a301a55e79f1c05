import type { Logger } from '../logger/index.ts';
import type { Notice } from './alert.ts';
import type { Remembered } from './condition.ts';

/** Logs a notice, independent of the channels that it is sent to. */
export function logNotice(logger: Logger, { occasion, alert, ending, decision }: Notice): void {
  const { severity, check, pool, title, message, runbook, owner, data } = alert;
  // The child logger keeps a key in the data from replacing one of the alert's own.
  const line = logger.child(data);
  if (occasion === 'news') {
    line.info(`news: ${title}: ${message}`, { check, pool });
    return;
  }
  const level = occasion === 'resolved' || occasion === 'acknowledged' ? 'info' : severity;
  const about = { check, pool, severity, runbook, owner, ending, decision };
  line[level](`alert ${occasion}: ${title}: ${message}`, about);
}

/** Logs a finding that is reported only as part of its group. */
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

/** Logs a muted alert, which no channel gets. */
export function logMuted(logger: Logger, { severity, title, message, check, pool }: Remembered): void {
  logger[severity](`alert opened, but muted: ${title}: ${message}`, { check, pool, severity });
}
