import type { Channel } from '../delivery/Channel.ts';
import type { LedgerTrouble } from '../delivery/LedgerFile.ts';
import type { ChannelState } from '../delivery/Outbox.ts';
import type { AlertTable, Observation } from '../model/alert.ts';
import { alertingAlerts } from '../model/alertingAlerts.ts';
import type { StoredAlert } from '../model/condition.ts';

/** A channel that fails for less time raises no alert. */
const patienceMs = 300_000;

/** Observes alerting itself: its channels and its file, as a check observes a pool. */
export class AlertingHealth {
  readonly #path: string;
  /** The observations that the next round reports. */
  #pending: Observation[] = [];
  /** Why no alert is saved; undefined while they are. */
  #unwritable: string | undefined;
  /** How many discarded alerts were reported, by channel. */
  readonly #discarded = new Map<string, number>();

  /** @param files path of the alerts' files, without an ending */
  constructor(files: string | undefined) {
    this.#path = `${files}.jsonl`;
  }

  /** Receives what happens to the file of alerts. */
  get ledgerTrouble(): Omit<LedgerTrouble, 'mayWrite'> {
    const path = this.#path;
    return {
      unreadable: keptAt =>
        this.#add(
          'state-unreadable',
          `part of ${path} is damaged: an alert that was open may be raised again, or may never be reported as resolved. The damaged file is kept as ${keptAt}. Check the disk of STATE_DIR`,
        ),
      unwritable: reason => {
        this.#unwritable = `${path} cannot be written (${reason}). Alerts are still delivered, but a restart would forget them. Check the space and the permissions of STATE_DIR`;
      },
      writable: () => {
        this.#unwritable = undefined;
      },
      changed: () =>
        this.#add(
          'state-unreadable',
          `another program cut, deleted or replaced ${path}. The bot wrote it again from memory, and no alert is lost. Leave the files in STATE_DIR to the bot: no logrotate, and no restore while it runs`,
        ),
    };
  }

  /** Records that a channel has rejected a notice permanently. */
  rejected(channel: string, message: string): void {
    this.#add('alerts-refused', message, channel);
  }

  /** Returns the observations since the last call, and those of the channels now. */
  observations(channels: readonly ChannelState[]): Observation[] {
    const pending = this.#pending;
    this.#pending = [];
    const message = this.#unwritable;
    return [
      ...pending,
      {
        check: 'state-unwritable',
        ...(message === undefined ? { failing: false } : { failing: true, message }),
      },
      ...channels.flatMap(channel => [
        ...failing(channel),
        ...moved(channel),
        ...this.#newlyDiscarded(channel),
      ]),
    ];
  }

  #add(check: keyof typeof alertingAlerts, message: string, subject?: string): void {
    this.#pending.push({ check, failing: true, message, ...(subject === undefined ? {} : { subject }) });
  }

  #newlyDiscarded({ name, dropped }: ChannelState): Observation[] {
    const more = dropped - (this.#discarded.get(name) ?? 0);
    if (more === 0) return [];
    this.#discarded.set(name, dropped);
    const message = `${more} alerts for ${name} were discarded, because too many wait for it. They were the least severe ones, and they are in the log. Repair ${name} first`;
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
  const alerts = waiting === 1 ? '1 alert waits' : `${waiting} alerts wait`;
  const message = `${name} has delivered no alert since ${since} (${trouble.reason}); ${alerts} for it. Look at the log for alerts until it works`;
  return [{ ...about, failing: true, message }];
}

const movedCheck: keyof typeof alertingAlerts = 'channel-moved';

/**
 * Returns why this process will never observe an alert of an earlier process again; undefined when it may.
 */
export function whyOutdated(
  { check, subject }: StoredAlert,
  table: AlertTable,
  channels: readonly Channel[],
): string | undefined {
  if (!(check in table)) return 'this version of the bot does not have the check any more';
  if (check === movedCheck)
    return channels.some(({ address }) => address === subject)
      ? undefined
      : 'the channel has another address now';
  const isAboutOne = check in alertingAlerts && subject !== undefined;
  if (!isAboutOne || channels.some(({ name }) => name === subject)) return undefined;
  return 'the channel is not used any more';
}
