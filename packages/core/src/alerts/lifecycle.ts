import { type Alert, type Notice, severities } from './alert.ts';

/** The conditions that hold now, by dedup key. */
export type OpenAlerts = ReadonlyMap<string, Alert>;

/**
 * One step of the alerts' life: a condition is told when it begins, when it gets worse, and when it ends; not in between.
 * @param alert what the check found; undefined when it found the condition gone
 */
export function step(
  open: OpenAlerts,
  dedupKey: string,
  alert: Alert | undefined,
): { open: OpenAlerts; notice: Pick<Notice, 'occasion' | 'alert'> | undefined } {
  const known = open.get(dedupKey);
  if (!alert) {
    if (!known) return { open, notice: undefined };
    const rest = new Map(open);
    rest.delete(dedupKey);
    return { open: rest, notice: { occasion: 'resolved', alert: known } };
  }
  const current = known ? { ...alert, since: known.since, count: known.count + 1 } : alert;
  const next = new Map(open).set(dedupKey, current);
  if (!known) return { open: next, notice: { occasion: 'opened', alert: current } };
  const worse = severities.indexOf(current.severity) > severities.indexOf(known.severity);
  return { open: next, notice: worse ? { occasion: 'escalated', alert: current } : undefined };
}
