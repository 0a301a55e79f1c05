import type { AlertTable } from './alert.ts';
import { alertingAlerts } from './alertingAlerts.ts';
import type { Channel } from './channel.ts';
import type { Remembered } from './condition.ts';

const movedCheck: keyof typeof alertingAlerts = 'channel-moved';

/**
 * Returns why this process will never observe an alert of an earlier process again; undefined when it may.
 */
export function whyOutdated(
  { check, subject }: Remembered,
  table: AlertTable,
  channels: readonly Channel[],
): string | undefined {
  if (!(check in table)) return 'this version does not have the check any more';
  if (check === movedCheck)
    return channels.some(({ address }) => address === subject)
      ? undefined
      : 'the channel has another address now';
  const isAboutOne = check in alertingAlerts && subject !== undefined;
  if (!isAboutOne || channels.some(({ name }) => name === subject)) return undefined;
  return 'the channel is not used any more';
}
