import type { Observation } from './alert.ts';
import type { ChannelState } from './Outbox.ts';

/** A channel that fails for less is not worth the others' alert. */
const patienceMs = 300_000;

/** Looks at the channels as a check looks at a pool. */
export class ChannelTroubles {
  /** Of each channel, how many dropped alerts were told. */
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

/** It ends with the process that is told the new address. */
function moved({ address, moved: message }: ChannelState): Observation[] {
  if (address === undefined || message === undefined) return [];
  return [{ check: 'channel-moved', subject: address, failing: true, message }];
}

function failing({ name, failing: trouble, waiting }: ChannelState): Observation[] {
  const about = { check: 'channel-failing', subject: name };
  if (!trouble) return [{ ...about, failing: false }];
  // It may be nothing, or the end of what was something: not known yet.
  if (trouble.forMs < patienceMs) return [];
  const since = new Date(trouble.since).toISOString();
  const message = `${name} has taken nothing since ${since} (${trouble.reason}); ${waiting} wait`;
  return [{ ...about, failing: true, message }];
}
