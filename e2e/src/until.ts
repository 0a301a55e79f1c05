import { until as untilInTime } from '@service-bots/devnet';

/**
 * Polls containers until the answer is accepted. A command that fails is repeated, since a container may still
 * be starting.
 *
 * @throws Error that names the awaited condition
 */
export function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs?: number,
): Promise<T> {
  const patience = timeoutMs === undefined ? {} : { timeoutMs };
  return untilInTime(what, ask, { ...patience, everyMs: 500, retriesErrors: true });
}
