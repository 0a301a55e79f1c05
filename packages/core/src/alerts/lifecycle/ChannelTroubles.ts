import type { Channel } from '../delivery/Channel.ts';
import type { ChannelState } from '../delivery/Outbox.ts';
import type { AlertTable, Observation } from '../model/alert.ts';
import { alertingAlerts } from '../model/alertingAlerts.ts';
import type { Remembered } from '../model/condition.ts';

/** A channel that fails for less time raises no alert. */
const patienceMs = 300_000;

/** Observes the channels, as a check observes a pool. */
export class ChannelTroubles {
  /** How many dropped alerts were reported, by channel. */
  readonly #dropped = new Map<string, number>();

  observations(channels: readonly ChannelState[]): Observation[] {
    return channels.flatMap(channel => [
      ...failing(channel),
      ...moved(channel),
      ...this.#newlyDropped(channel),
    ]);
  }

  #newlyDropped({ name, dropped }: ChannelState): Observation[] {
    const more = dropped - (this.#dropped.get(name) ?? 0);
    if (more === 0) return [];
    this.#dropped.set(name, dropped);
    const message = `${more} alerts for ${name} were dropped, the least severe ones: too many wait; they are in the log`;
    return [{ check: 'alerts-dropped', subject: name, failing: true, message }];
  }
}

/** The alert is resolved by the process that is configured with the new address. */
function moved({ address, moved: message }: ChannelState): Observation[] {
  if (address === undefined || message === undefined) return [];
  return [{ check: 'channel-moved', subject: address, failing: true, message }];
}

function failing({ name, failing: trouble, waiting }: ChannelState): Observation[] {
  const about = { check: 'channel-failing', subject: name };
  if (!trouble) return [{ ...about, failing: false }];
  // A short failure is neither an alert nor the end of one: the state is not known yet.
  if (trouble.forMs < patienceMs) return [];
  const since = new Date(trouble.since).toISOString();
  const message = `${name} has taken nothing since ${since} (${trouble.reason}); ${waiting} wait`;
  return [{ ...about, failing: true, message }];
}

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
