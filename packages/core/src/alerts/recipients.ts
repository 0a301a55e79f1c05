import type { Notice } from './alert.ts';
import { alertingAlerts } from './alertingAlerts.ts';
import type { Channel } from './channel.ts';

/**
 * The names of the channels that a notice is for. What is about a channel goes to the others, where others want it.
 * Whoever was told of something hears how it goes on and ends, however severe it is by then, and nobody else does.
 */
export function recipientsOf(
  notice: Notice,
  channels: readonly Channel[],
  toldTo?: readonly string[],
): string[] {
  const { occasion, alert } = notice;
  const { check, subject } = alert;
  if (occasion === 'resolved' && toldTo)
    return channels.map(({ name }) => name).filter(name => toldTo.includes(name));
  const all = channels.filter(channel => wants(channel, notice)).map(({ name }) => name);
  if (occasion === 'acknowledged') return all.filter(name => toldTo?.includes(name) ?? true);
  const others = check in alertingAlerts ? all.filter(name => name !== subject) : all;
  return others.length > 0 ? others : all;
}

function wants(channel: Channel, notice: Notice): boolean {
  return channel.wants?.(notice) ?? notice.occasion !== 'news';
}
