import { type Clock, withDeadline } from '../../clock/index.ts';
import { backoffMs } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';
import type { Notice } from '../model/alert.ts';
import { type Channel, DeliveryFailed } from './Channel.ts';
import { FailedNotices, longestPauseMs } from './FailedNotices.ts';
import { PriorityQueue } from './PriorityQueue.ts';
import type { QueuedNotice } from './readLedger.ts';
import { Superseding } from './Superseding.ts';

export interface OutboxOptions {
  channel: Channel;
  clock: Clock;
  logger: Logger;
  /** Returns the notice that waits. */
  read(waiting: QueuedNotice): Promise<Notice>;
  /** Resolves once the waiting notices are on disk, or the time for the disk has passed. */
  saved(): Promise<void>;
  /** Records that the channel delivered the notice at that time; undefined when it was given up. */
  done(waiting: QueuedNotice, deliveredAt?: number): void;
  /** Records that the service has refused the notice for good. */
  refused(notice: Notice, error: unknown): void;
  /** How long the channel may take for one delivery, in ms. */
  attemptMs: number;
  /** The most notices that wait at a time, critical ones not counted. */
  mostWaiting: number;
  /** Returns a number from 0 to 1. */
  random(): number;
  /** When an earlier process last delivered a notice, in ms since 1970. */
  lastDeliveredAt?: number | undefined;
}

/** The state of a channel, for /status and /metrics. Times are ms since 1970. */
export interface ChannelState {
  name: string;
  /**
   * `address` is where the channel sends, if the service may change that. `moved` tells people what to change
   * once it has.
   */
  address: string | undefined;
  moved: string | undefined;
  waiting: number;
  delivered: number;
  lastDeliveredAt: number | undefined;
  /** Failed deliveries, which were or will be retried. */
  failures: number;
  /**
   * Since when no notice is delivered, for how long by the monotonic clock, and the last reason; absent while
   * the channel works.
   */
  failing: { since: number; forMs: number; reason: string } | undefined;
  dropped: number;
  refused: number;
}

const firstPauseMs = 1_000;
/** A longer pause that a service asks for is cut to this. */
const longestRetryAfterMs = 3_600_000;
/** Before the end of the process there is no time for a longer pause. */
const hurriedPauseMs = 500;
/** From this many waiting notices on, a digest is sent. */
const manyWaiting = 4;
/** A notice that has failed this often is delivered after the others. */
const attemptsInLine = 3;

/** Delivers notices to one channel, one delivery at a time, with retries. No call waits or throws. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue = new PriorityQueue();
  readonly #state: ChannelState;
  readonly #closing = new AbortController();
  #hurry = new AbortController();
  #flying: readonly QueuedNotice[] = [];
  readonly #failed = new FailedNotices();
  readonly #superseding: Superseding;
  #running: Promise<void> | undefined;
  #failuresInARow = 0;
  /** Whether the service itself has asked for the pause. */
  #mustWait = false;
  /** The length of the pause, and when it began on the monotonic clock. */
  #rest = { from: 0, ms: 0 };
  /** Ends a pause that was meant for earlier notices than the present ones. */
  #wake = new AbortController();
  /** Since when no notice is delivered, by both clocks, and the last reason. */
  #failing: { since: number; fromMs: number; reason: string } | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#superseding = new Superseding(options.channel);
    this.#state = {
      name: options.channel.name,
      address: options.channel.address,
      moved: undefined,
      waiting: 0,
      delivered: 0,
      lastDeliveredAt: options.lastDeliveredAt,
      failures: 0,
      failing: undefined,
      dropped: 0,
      refused: 0,
    };
  }

  get name(): string {
    return this.#options.channel.name;
  }

  get state(): ChannelState {
    const { channel, clock } = this.#options;
    return {
      ...this.#state,
      waiting: this.#queue.size,
      moved: channel.moved?.(),
      failing: this.#failing && {
        since: this.#failing.since,
        forMs: clock.monotonicMs() - this.#failing.fromMs,
        reason: this.#failing.reason,
      },
    };
  }

  /**
   * Adds a notice to the queue.
   * @param isLeftOver whether the notice is of an earlier process, which may have sent it
   */
  push(waiting: QueuedNotice, isLeftOver = false): void {
    if ((isLeftOver || this.#failing) && this.#supersedes(waiting, isLeftOver)) return;
    this.#queue.add(waiting);
    // A pause of an hour is for notices that have failed often, and not for a new one.
    if (!this.#mustWait && this.#rest.ms > longestPauseMs) {
      this.#rest.ms = longestPauseMs;
      this.#wake.abort();
    }
    while (this.#queue.size - this.#queue.critical > this.#options.mostWaiting) {
      const one = this.#queue.leastSevere(each => this.#flying.includes(each));
      if (!one) break;
      this.#state.dropped += 1;
      this.#finish(one);
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /**
   * Drops the notices that a new one supersedes, while deliveries fail.
   * @returns whether the new one is superfluous itself
   */
  #supersedes(waiting: QueuedNotice, isLeftOver: boolean): boolean {
    const alike = this.#queue.about(waiting.key);
    const older = alike.filter(one => !this.#flying.includes(one));
    const isUnderWay = older.length < alike.length;
    const dropped = this.#superseding.by(waiting, {
      older,
      wasTried: one => isLeftOver || this.#failed.has(one),
      isUnderWay,
    });
    for (const one of dropped) this.#finish(one);
    return dropped.includes(waiting);
  }

  /** Tries all waiting notices at once, with short pauses from now on. Resolves when none waits. */
  async hurry(): Promise<void> {
    this.#hurry.abort();
    this.#wake.abort();
    await this.#running;
    this.#hurry = new AbortController();
  }

  /** Begins no further delivery. */
  close(): void {
    this.#closing.abort();
    this.#hurry.abort();
    this.#wake.abort();
  }

  async #run(): Promise<void> {
    // The assignment of `#running` comes first.
    await Promise.resolve();
    while (this.#queue.size > 0 && !this.#closing.signal.aborted) {
      await this.#pause();
      if (this.#closing.signal.aborted) return;
      // A notice is sent only after it is on disk, and never within the call that reports it.
      await this.#options.saved();
      if (this.#closing.signal.aborted) return;
      await this.#deliver();
    }
  }

  async #pause(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const pauseMs = this.#rest.ms - (clock.monotonicMs() - this.#rest.from);
      if (pauseMs < 1) return;
      if (this.#hurry.signal.aborted) {
        await clock.sleep(Math.min(pauseMs, hurriedPauseMs), this.#closing.signal);
        return;
      }
      this.#wake = new AbortController();
      await clock.sleep(pauseMs, this.#wake.signal);
    }
  }

  async #deliver(): Promise<void> {
    const { channel, clock, attemptMs } = this.#options;
    const most = this.#queue.size >= manyWaiting ? (channel.digestUpTo ?? 1) : 1;
    const batch = this.#queue.next(most);
    this.#flying = batch;
    const notices = await Promise.all(batch.map(one => this.#options.read(one)));
    const startedAt = clock.monotonicMs();
    try {
      const delivery = Promise.resolve(channel.deliver(notices, AbortSignal.timeout(attemptMs)));
      await withDeadline(delivery, attemptMs, () => new DeliveryFailed(`no answer within ${attemptMs} ms`));
      this.#delivered(batch);
      this.#rest = { from: startedAt, ms: channel.minIntervalMs ?? 0 };
    } catch (error) {
      this.#notDelivered(batch, notices, error);
    } finally {
      this.#flying = [];
    }
  }

  #delivered(batch: readonly QueuedNotice[]): void {
    const { channel, clock, logger } = this.#options;
    if (this.#failing) logger.info('the channel delivers alerts again', { channel: this.#state.name });
    // Notices that failed while the whole channel failed need not go alone, if the channel can send a digest.
    if (channel.digestUpTo !== undefined)
      for (const one of this.#failed.withoutOthersSince(this.#state.delivered)) this.#queue.bringBack(one);
    this.#failuresInARow = 0;
    this.#mustWait = false;
    this.#failing = undefined;
    const at = clock.now();
    this.#state.lastDeliveredAt = at;
    this.#state.delivered += batch.length;
    for (const one of batch) this.#finish(one, at);
  }

  #notDelivered(batch: readonly QueuedNotice[], notices: readonly Notice[], error: unknown): void {
    const { channel, clock } = this.#options;
    if (!(error instanceof DeliveryFailed) || error.permanent) {
      // The service has answered, so it works. Of several notices, it is unknown which one it refuses.
      this.#rest = { from: clock.monotonicMs(), ms: channel.minIntervalMs ?? 0 };
      if (batch.length > 1) for (const one of batch) this.#queue.setAside(one);
      else this.#refused(batch[0] as QueuedNotice, notices[0] as Notice, error);
      return;
    }
    this.#failuresInARow += 1;
    this.#state.failures += 1;
    const reason = error.message;
    const now = clock.monotonicMs();
    this.#failing = { since: clock.now(), fromMs: now, ...this.#failing, reason };
    for (const one of batch) {
      const { attempts, isHopeless } = this.#failed.add(one, error, {
        nowMs: now,
        delivered: this.#state.delivered,
      });
      if (isHopeless) this.#refused(one, notices[batch.indexOf(one)] as Notice, error);
      else if (attempts % attemptsInLine === 0) this.#queue.setAside(one);
    }
    const pauseMs = this.#pauseAfter(error, now);
    this.#rest = { from: now, ms: pauseMs };
    this.#log(batch, reason, pauseMs);
  }

  #pauseAfter(error: DeliveryFailed, now: number): number {
    const longestMs = this.#failed.longestPauseMs(error, this.#queue.size, now);
    const pauseMs = backoffMs(this.#failuresInARow, firstPauseMs, longestMs);
    const wantedMs = Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs);
    this.#mustWait = wantedMs > 0;
    // The jitter keeps many bots from returning to a service at the same moment.
    return Math.max(pauseMs * (0.5 + this.#options.random() / 2), wantedMs);
  }

  /** Logs the first failures, and later every tenth: an outage of a day is not worth a line each minute. */
  #log([first]: readonly QueuedNotice[], reason: string, retryInMs: number): void {
    if (this.#failuresInARow > 3 && this.#failuresInARow % 10 !== 0) return;
    this.#options.logger.warning('an alert was not delivered', {
      channel: this.#state.name,
      alert: first?.key,
      reason,
      failuresInARow: this.#failuresInARow,
      retryInMs: Math.round(retryInMs),
    });
  }

  #refused(one: QueuedNotice, notice: Notice, error: unknown): void {
    const { logger, refused } = this.#options;
    this.#state.refused += 1;
    const { name: channel } = this.#state;
    logger.critical('the channel rejected an alert permanently', { channel, alert: one.key, error });
    refused(notice, error);
    this.#finish(one);
  }

  #finish(one: QueuedNotice, deliveredAt?: number): void {
    this.#queue.remove(one);
    this.#failed.delete(one, deliveredAt !== undefined);
    this.#options.done(one, deliveredAt);
  }
}
