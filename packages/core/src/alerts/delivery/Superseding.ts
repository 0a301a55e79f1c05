import type { Channel } from './Channel.ts';
import type { QueuedNotice } from './readLedger.ts';

/** The earlier notices of a key. */
interface Earlier {
  /** The waiting notices, oldest first, without the ones under way. */
  older: readonly QueuedNotice[];
  /** Returns whether a delivery was begun: the service may have the notice without having confirmed it. */
  wasTried(notice: QueuedNotice): boolean;
  /** Whether a delivery of this key is under way. */
  isUnderWay: boolean;
}

/**
 * Selects the notices that are superfluous after an outage, so that a channel gets the present state and not
 * its history. An incident that is over is reported once, as over; an incident that lasts is reported once.
 * An acknowledgement needs the alert that it is about. Pure except for the beginnings that it remembers.
 */
export class Superseding {
  readonly #channel: Channel;
  /** Notices that also stand for the beginning of their incident, which the channel was never sent. */
  readonly #beginnings = new WeakSet<QueuedNotice>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Returns the notices of one key that a newer notice of that key makes superfluous. The newer notice is
   * among them when it ends an incident that the channel was never sent.
   */
  by(newest: QueuedNotice, { older, wasTried, isUnderWay }: Earlier): QueuedNotice[] {
    const { keepsEach, needsBeginning } = this.#channel;
    if (keepsEach || newest.occasion === 'acknowledged' || newest.occasion === 'news') return [];
    // A service that keeps incidents needs the end of the previous one. The next incident may have another
    // key, because of its episode or the deployment's name.
    const isNeeded = ({ occasion }: QueuedNotice) =>
      occasion === 'news' || (needsBeginning && occasion === 'resolved');
    const dropped = older.filter(each => !isNeeded(each));
    const isPending =
      !isUnderWay && !dropped.some(wasTried) && dropped.some(each => this.#standsForBeginning(each));
    if (!isPending) return dropped;
    if (newest.occasion === 'resolved' && needsBeginning) return [...dropped, newest];
    this.#beginnings.add(newest);
    return dropped;
  }

  #standsForBeginning(waiting: QueuedNotice): boolean {
    const { occasion } = waiting;
    return occasion === 'opened' || occasion === 'flapping' || this.#beginnings.has(waiting);
  }
}
