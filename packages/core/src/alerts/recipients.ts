import type { Notice } from './alert.ts';
import { alertingAlerts } from './alertingAlerts.ts';
import type { Channel } from './channel.ts';
import { isAtLeast } from './severity.ts';

/**
 * The names of the channels that a notice is for. An alert about a channel goes to the others: to those that want it, or
 * else to all of them. A channel that was told of an alert is told how it goes on and ends, however severe it is by then and wherever the owners
 * route it now.
 * @param toldTo the channels that heard of the alert; a channel among them that is not configured now gets what it misses
 *   when it is back
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
  const isTold = ({ name }: Channel) => toldTo?.includes(name);
  if (occasion === 'acknowledged' || occasion === 'changed') {
    const told = takers.filter(channel => isTold(channel) ?? isRouted(channel, notice));
    return [...told.map(({ name }) => name), ...missing];
  }
  const all = takers.filter(channel => isRouted(channel, notice) || isTold(channel)).map(({ name }) => name);
  if (!(check in alertingAlerts)) return [...all, ...missing];
  const names = channels.map(({ name }) => name);
  // That a channel takes nothing is told through one that is for worse things alone, where there is no other.
  const isLost = subject !== undefined && names.includes(subject) && isAtLeast(alert.severity, 'error');
  const choices = [all, isLost ? names : []].map(each => each.filter(name => name !== subject));
  return [...([...choices, all].find(({ length }) => length > 0) ?? []), ...missing];
}

/** Whether a channel takes such a notice, wherever the owners route it. */
export function takes(channel: Channel, notice: Notice): boolean {
  return channel.wants?.(notice) ?? notice.occasion !== 'news';
}

function isRouted(channel: Channel, notice: Notice): boolean {
  return channel.isRouted?.(notice) ?? true;
}
