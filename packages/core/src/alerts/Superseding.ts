import type { Channel } from './channel.ts';
import type { Waiting } from './readLedger.ts';

/**
 * After an outage a channel gets what holds now, not the story of it: an incident that is over is reported as over, once,
 * and one that lasts is reported once. An acknowledgement needs the alert that it is about. Pure but for what it remembers.
 */
export class Superseding {
  readonly #channel: Channel;
  /** Notices that stand for the beginning of their incident too, which the channel was never sent. */
  readonly #beginnings = new WeakSet<Waiting>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * The notices of one key that say nothing any more, now that another one of that key has come: it is among them where it
   * is the end of an incident that the channel never heard of.
   * @param older those that wait, oldest first, without the ones under way
   * @param wasTried whether a delivery of one was begun: the service may have it although it did not say so
   * @param isUnderWay whether a delivery of this key is under way
   */
  by(
    newest: Waiting,
    older: readonly Waiting[],
    wasTried: (waiting: Waiting) => boolean,
    isUnderWay: boolean,
  ): Waiting[] {
    const { keepsEach, needsBeginning } = this.#channel;
    if (keepsEach || newest.occasion === 'acknowledged' || newest.occasion === 'news') return [];
    // A service that keeps incidents needs the end of the one before: the next may have another key, by the episode or
    // the deployment's name.
    const isNeeded = ({ occasion }: Waiting) =>
      occasion === 'news' || (needsBeginning && occasion === 'resolved');
    const dropped = older.filter(each => !isNeeded(each));
    const isUnheard =
      !isUnderWay && !dropped.some(wasTried) && dropped.some(each => this.#standsForBeginning(each));
    if (!isUnheard) return dropped;
    if (newest.occasion === 'resolved' && needsBeginning) return [...dropped, newest];
    this.#beginnings.add(newest);
    return dropped;
  }

  #standsForBeginning(waiting: Waiting): boolean {
    const { occasion } = waiting;
    return occasion === 'opened' || occasion === 'flapping' || this.#beginnings.has(waiting);
  }
}
