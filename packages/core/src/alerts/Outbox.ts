import { type Clock, withDeadline } from '../clock/index.ts';
import { backoffMs, reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Notice } from './alert.ts';
import type { Channel } from './channel.ts';
import { DeliveryFailed } from './deliveryFailed.ts';
import { Lanes } from './lanes.ts';
import type { Waiting } from './readLedger.ts';

export interface OutboxOptions {
  channel: Channel;
  clock: Clock;
  logger: Logger;
  /** Gives the text of what waits. @throws when it is lost */
  read(waiting: Waiting): Notice;
  /** The channel took it at that time; undefined: it gets it no more. */
  done(waiting: Waiting, deliveredAt?: number): void;
  /** The service will never take it. */
  refused(notice: Notice, error: unknown): void;
  /** How long the channel may take for one delivery. */
  attemptMs: number;
  /** The most that wait at a time, critical ones not counted. */
  mostWaiting: number;
  /** From 0 to 1. */
  random(): number;
  /** By an earlier process. */
  lastDeliveredAt?: number | undefined;
}

/** How a channel does, for /status and /metrics. Times are milliseconds since 1970. */
export interface ChannelState {
  name: string;
  /** Where it sends, where that may get another name, and for people what to change once it has. */
  address: string | undefined;
  moved: string | undefined;
  waiting: number;
  delivered: number;
  lastDeliveredAt: number | undefined;
  /** Deliveries that failed, and were or will be tried again. */
  failures: number;
  /** Since when nothing is taken, and the last reason; absent while it works. */
  failing: { since: number; reason: string } | undefined;
  dropped: number;
  refused: number;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** What a service asks for beyond that is not waited for. */
const longestRetryAfterMs = 3_600_000;
/** Before the end of the process there is time for no longer pause. */
const hurriedPauseMs = 500;
/** So many that wait are worth a digest. */
const manyWaiting = 4;
/** What has failed so often lets the others go first … */
const attemptsInLine = 3;
/** … and so often, while others were taken, is the fault of the notice and not of the service. */
const attemptsAlone = 12;
const othersTaken = 3;

/** Brings notices to one channel, one delivery at a time, until it has them. No call waits or throws. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes = new Lanes();
  readonly #state: ChannelState;
  readonly #closing = new AbortController();
  #hurry = new AbortController();
  #flying: readonly Waiting[] = [];
  /** Of what has failed: how often, and how many others the channel had taken when it first did. */
  readonly #failed = new Map<Waiting, { attempts: number; takenBefore: number }>();
  #running: Promise<void> | undefined;
  #failuresInARow = 0;
  /** How long the channel is left alone, and since when. */
  #rest = { from: 0, ms: 0 };

  constructor(options: OutboxOptions) {
    this.#options = options;
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
    return { ...this.#state, waiting: this.#lanes.size, moved: this.#options.channel.moved?.() };
  }

  push(waiting: Waiting): void {
    this.#lanes.add(waiting);
    while (this.#lanes.size - this.#lanes.critical > this.#options.mostWaiting) {
      const one = this.#lanes.leastSevere(each => this.#flying.includes(each));
      if (!one) break;
      this.#state.dropped += 1;
      this.#finish(one);
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Tries all that waits at once, with short pauses from now on. Resolves when nothing waits. */
  async hurry(): Promise<void> {
    this.#hurry.abort();
    await this.#running;
    this.#hurry = new AbortController();
  }

  /** Begins no further delivery. */
  close(): void {
    this.#closing.abort();
    this.#hurry.abort();
  }

  async #run(): Promise<void> {
    // Not within the call of who reports it.
    await Promise.resolve();
    while (this.#lanes.size > 0 && !this.#closing.signal.aborted) {
      await this.#pause();
      if (this.#closing.signal.aborted) return;
      await this.#deliver();
    }
  }

  async #pause(): Promise<void> {
    const { clock } = this.#options;
    const { from, ms } = this.#rest;
    // Not longer for a clock that was set back meanwhile.
    const pauseMs = ms - Math.max(clock.now() - from, 0);
    if (pauseMs <= 0) return;
    if (!this.#hurry.signal.aborted) await clock.sleep(pauseMs, this.#hurry.signal);
    if (this.#hurry.signal.aborted)
      await clock.sleep(Math.min(pauseMs, hurriedPauseMs), this.#closing.signal);
  }

  async #deliver(): Promise<void> {
    const { channel, clock, attemptMs } = this.#options;
    const most = this.#lanes.size >= manyWaiting ? (channel.digestUpTo ?? 1) : 1;
    const found = this.#lanes.next(most).flatMap(one => {
      const notice = this.#read(one);
      return notice ? [{ one, notice }] : [];
    });
    if (found.length === 0) return;
    const batch = found.map(({ one }) => one);
    const notices = found.map(({ notice }) => notice);
    const startedAt = clock.now();
    this.#flying = batch;
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

  #read(one: Waiting): Notice | undefined {
    try {
      return this.#options.read(one);
    } catch (error) {
      this.#options.logger.critical('an alert that waited could not be read and is lost', {
        channel: this.#state.name,
        alert: one.key,
        reason: reasonOf(error),
      });
      this.#state.dropped += 1;
      this.#finish(one);
      return undefined;
    }
  }

  #delivered(batch: readonly Waiting[]): void {
    const { channel, clock, logger } = this.#options;
    if (this.#state.failing) logger.info('the channel takes alerts again', { channel: this.#state.name });
    // What has failed while nothing was taken at all need not go alone, where it can go with others.
    if (channel.digestUpTo !== undefined)
      for (const [one, { takenBefore }] of this.#failed)
        if (takenBefore === this.#state.delivered) this.#lanes.bringBack(one);
    this.#failuresInARow = 0;
    this.#state.failing = undefined;
    const at = clock.now();
    this.#state.lastDeliveredAt = at;
    this.#state.delivered += batch.length;
    for (const one of batch) this.#finish(one, at);
  }

  #notDelivered(batch: readonly Waiting[], notices: readonly Notice[], error: unknown): void {
    const { channel, clock } = this.#options;
    if (!(error instanceof DeliveryFailed) || error.permanent) {
      // The service has answered: it works. Of several, it is not known which one it refuses.
      this.#rest = { from: clock.now(), ms: channel.minIntervalMs ?? 0 };
      if (batch.length > 1) for (const one of batch) this.#lanes.setAside(one);
      else this.#refused(batch[0] as Waiting, notices[0] as Notice, error);
      return;
    }
    this.#failuresInARow += 1;
    this.#state.failures += 1;
    const reason = error.message;
    this.#state.failing = { since: this.#state.failing?.since ?? clock.now(), reason };
    const pauseMs = this.#pauseAfter(error);
    this.#rest = { from: clock.now(), ms: pauseMs };
    this.#log(batch, reason, pauseMs);
    for (const one of batch) {
      const failed = this.#failed.get(one) ?? { attempts: 0, takenBefore: this.#state.delivered };
      failed.attempts += 1;
      this.#failed.set(one, failed);
      const { attempts, takenBefore } = failed;
      const isItsFault = attempts >= attemptsAlone && this.#state.delivered - takenBefore >= othersTaken;
      if (isItsFault) this.#refused(one, notices[batch.indexOf(one)] as Notice, error);
      else if (attempts % attemptsInLine === 0) this.#lanes.setAside(one);
    }
  }

  #pauseAfter({ retryAfterMs = 0 }: DeliveryFailed): number {
    const { random } = this.#options;
    const pauseMs = backoffMs(this.#failuresInARow, firstPauseMs, longestPauseMs);
    // Jitter, so that many bots do not come back to a service at the same moment.
    return Math.max(pauseMs * (0.5 + random() / 2), Math.min(retryAfterMs, longestRetryAfterMs));
  }

  /** The first ones, and later every tenth: an outage of a day is not worth a line each minute. */
  #log([first]: readonly Waiting[], reason: string, retryInMs: number): void {
    if (this.#failuresInARow > 3 && this.#failuresInARow % 10 !== 0) return;
    this.#options.logger.warning('an alert was not delivered', {
      channel: this.#state.name,
      alert: first?.key,
      reason,
      failuresInARow: this.#failuresInARow,
      retryInMs: Math.round(retryInMs),
    });
  }

  #refused(one: Waiting, notice: Notice, error: unknown): void {
    const { logger, refused } = this.#options;
    this.#state.refused += 1;
    const { name: channel } = this.#state;
    logger.critical('an alert was refused for good', { channel, alert: one.key, error });
    refused(notice, error);
    this.#finish(one);
  }

  #finish(one: Waiting, deliveredAt?: number): void {
    this.#lanes.remove(one);
    this.#failed.delete(one);
    this.#options.done(one, deliveredAt);
  }
}
