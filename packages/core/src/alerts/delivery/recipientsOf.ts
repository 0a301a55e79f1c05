import { isAtLeast, type Notice } from '../model/alert.ts';
import { alertingAlerts } from '../model/alertingAlerts.ts';
import type { Channel } from './Channel.ts';

/**
 * Returns the names of the channels that a notice is for. An alert about a channel goes to the others: to the
 * channels that want it, or else to all of them. A channel that was sent an alert gets its further notices
 * and its end, regardless of the severity by then and of the owners' present routing.
 * @param toldTo the channels that were sent the alert; a channel among them that is not configured now gets
 * the notice when it is back
 */
export function recipientsOf(
  notice: Notice,
  channels: readonly Channel[],
  toldTo?: readonly string[],
): string[] {
  const { occasion, alert } = notice;
  const { check, subject } = alert;
  if (occasion === 'resolved' && toldTo) return [...toldTo];
  const missing = (toldTo ?? []).filter(told => !channels.some(({ name }) => name === told));
  const takers = channels.filter(channel => takes(channel, notice));
  const wasNotified = ({ name }: Channel) => toldTo?.includes(name);
  if (occasion === 'acknowledged' || occasion === 'changed') {
    const told = takers.filter(channel => wasNotified(channel) ?? isRouted(channel, notice));
    return [...told.map(({ name }) => name), ...missing];
  }
  const all = takers
    .filter(channel => isRouted(channel, notice) || wasNotified(channel))
    .map(({ name }) => name);
  if (!(check in alertingAlerts)) return [...all, ...missing];
  const names = channels.map(({ name }) => name);
  // If there is no other way, a failing channel is reported through a channel that is for higher severities
  // alone.
  const isLost = subject !== undefined && names.includes(subject) && isAtLeast(alert.severity, 'error');
  const choices = [all, isLost ? names : []].map(each => each.filter(name => name !== subject));
  return [...([...choices, all].find(({ length }) => length > 0) ?? []), ...missing];
}

/** Returns whether a channel takes such a notice, regardless of the owners' routing. */
export function takes(channel: Channel, notice: Notice): boolean {
  return channel.wants?.(notice) ?? notice.occasion !== 'news';
}

function isRouted(channel: Channel, notice: Notice): boolean {
  return channel.isRouted?.(notice) ?? true;
}
