import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, withDeadline } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import type { Logger } from '../logger/index.ts';
import type { Store } from '../store/index.ts';
import type { Decision, News, Notice, Observation } from './alert.ts';
import { alertingAlerts } from './alertingAlerts.ts';
import type { Channel } from './channel.ts';
import { ChannelTroubles } from './channelTroubles.ts';
import { type Condition, isNews, type Remembered, toldTo } from './condition.ts';
import { stands } from './decisions.ts';
import { alertOf, keyOf, kindOf, type Origin, unknownChain } from './describe.ts';
import { Ledger } from './Ledger.ts';
import { type Circumstances, dueAt, type Event, isOutweighed, step } from './lifecycle.ts';
import { type ChannelState, Outbox } from './Outbox.ts';
import { whyOutdated } from './outdated.ts';
import type { Waiting } from './readLedger.ts';
import { recipientsOf } from './recipients.ts';
import { keepRefusal } from './refusals.ts';
import { type Rules, usualRules } from './rules.ts';
import type { Decisions } from './schemas.ts';

export interface AlerterOptions extends Origin {
  channels: readonly Channel[];
  clock: Clock;
  logger: Logger;
  /** Path of the alerts' files, without an ending; absent: nothing survives the process. */
  files?: string;
  /** Whether these are this process's to write; always, unless given. */
  mayWrite?(): boolean;
  /** What people decided from the command line. */
  decisions?: Store<Decisions>;
  rules?: Rules;
  /** How long a channel may take for one try; 10 s unless given. */
  attemptMs?: number;
  /** The most that wait for one channel, critical ones not counted; 10,000 unless given. */
  mostWaiting?: number;
  random?(): number;
}

/** A condition that holds, as people are shown it. Times are milliseconds since 1970. */
export interface OpenAlert extends Remembered {
  lastSentAt: number | undefined;
  isFlapping: boolean;
  /** What a person decided about it, while that counts. */
  decision: Decision | undefined;
}

const usualAttemptMs = 10_000;
const usualMostWaiting = 10_000;
const hourMs = 3_600_000;
/** After a restart, time for the checks to say what still holds before anybody is reminded of it. */
const settlingMs = 300_000;
const decisionsEveryMs = 1_000;

/**
 * Turns what checks observed into notices for people. The only one who talks to channels. What is open, and what is not
 * delivered yet, is on disk: the next process goes on where this one ended.
 */
export class Alerter {
  readonly #options: AlerterOptions;
  readonly #origin: Origin;
  readonly #rules: Rules;
  readonly #ledger: Ledger;
  readonly #outboxes: readonly Outbox[];
  #decisions: Decisions = {};
  #decisionsReadAt = -Infinity;
  /** When time alone may have something to tell. */
  #dueAt = Infinity;
  readonly #settlingMs: number;
  #settledAt: number;
  #elapsedAt = -Infinity;
  readonly #troubles = new ChannelTroubles();
  /** What alerting has to say about itself, at the next opportunity. */
  #own: Observation[] = [];

  constructor(options: AlerterOptions) {
    const { channels, clock, logger, files, rules = usualRules } = options;
    this.#options = options;
    this.#origin = { ...options, table: { ...alertingAlerts, ...options.table } };
    this.#rules = rules;
    this.#ledger = new Ledger(files && `${files}.jsonl`, {
      unreadable: keptAt =>
        this.#say('state-unreadable', `some of ${files}.jsonl makes no sense; it was set aside as ${keptAt}`),
      unwritable: reason =>
        this.#say(
          'state-unwritable',
          `${files}.jsonl cannot be written (${reason}); alerts go out all the same`,
        ),
      mayWrite: () => options.mayWrite?.() ?? true,
    });
    this.#outboxes = channels.map(
      channel =>
        new Outbox({
          channel,
          clock,
          logger,
          read: waiting => this.#ledger.read(waiting),
          done: (waiting, deliveredAt) => this.#ledger.done(waiting, channel.name, deliveredAt),
          refused: (notice, error) => this.#refused(channel, notice, error),
          attemptMs: options.attemptMs ?? usualAttemptMs,
          mostWaiting: options.mostWaiting ?? usualMostWaiting,
          random: options.random ?? Math.random,
          lastDeliveredAt: this.#ledger.deliveredAt.get(channel.name),
        }),
    );
    this.#settlingMs = Math.min(settlingMs, rules.resolveAfterMs);
    this.#settledAt = clock.now() + this.#settlingMs;
    this.#takeUp();
  }

  /** Conditions that hold now. */
  get open(): OpenAlert[] {
    const now = this.#options.clock.now();
    return [...this.#ledger.conditions].flatMap(([key, { incident }]) => {
      if (!incident) return [];
      const decision = this.#decisions[key];
      const isStanding = decision && stands(incident, decision, now);
      const { alert, told, isFlapping } = incident;
      return [{ ...alert, lastSentAt: told?.at, isFlapping, decision: isStanding ? decision : undefined }];
    });
  }

  get channels(): ChannelState[] {
    return this.#outboxes.map(({ state }) => state);
  }

  /** Never throws and never waits for a channel. */
  observe(observations: readonly Observation[]): void {
    void this.readDecisions();
    const own = this.#own;
    this.#own = [];
    const events = new Map<string, Event>();
    for (const observation of [
      ...observations,
      ...own,
      ...this.#troubles.observations(this.channels, this.#options.clock.now()),
    ]) {
      const key = this.#keyOf(observation);
      const event = this.#eventOf(key, observation);
      if (!isOutweighed(event, events.get(key))) events.set(key, event);
    }
    for (const [key, event] of events) this.#take(key, event);
    this.#elapse();
  }

  /** Never throws and never waits for a channel. */
  tell(news: News): void {
    const { now } = this.#options.clock;
    const observation = { ...news, failing: true as const, severity: 'info' as const };
    const alert = {
      ...alertOf(this.#origin, this.#keyOf(observation), observation, now()),
      title: news.title,
    };
    const { check, pool, title, message, data } = alert;
    this.#options.logger.child(data).info(`news: ${title}: ${message}`, { check, pool });
    const notice: Notice = { id: randomUUID(), at: now(), occasion: 'news', alert };
    this.#hand(this.#ledger.enqueue(notice, recipientsOf(notice, this.#options.channels)));
  }

  /** What nobody will look at any more ends here. @param why for people: "the endpoint is not used any more" */
  end(isOver: (alert: Remembered) => boolean, why: string): void {
    for (const [key, { incident }] of [...this.#ledger.conditions])
      if (incident && isOver(incident.alert)) this.#take(key, { kind: 'ended', why });
  }

  /** Looks at what people decided; at most once a second, and never in the way. */
  async readDecisions(): Promise<void> {
    const { clock, decisions, logger } = this.#options;
    const now = clock.now();
    if (!decisions || Math.abs(now - this.#decisionsReadAt) < decisionsEveryMs) return;
    this.#decisionsReadAt = now;
    try {
      const before = this.#decisions;
      this.#decisions = await decisions.read();
      // What is due when depends on them.
      if (isDeepStrictEqual(before, this.#decisions)) return;
      this.#hearDecisions();
      this.#dueAt = this.#nextDueAt();
    } catch (error) {
      logger.warning('what was decided about alerts could not be read', { reason: reasonOf(error) });
    }
  }

  /** Who knows of what somebody takes care of hears of that now. */
  #hearDecisions(): void {
    const now = this.#options.clock.now();
    for (const [key, decision] of Object.entries(this.#decisions)) {
      const incident = this.#ledger.conditions.get(key)?.incident;
      if (incident && stands(incident, decision, now)) this.#take(key, { kind: 'time' });
    }
  }

  /** Delivers what waits as far as it goes, at most `ms`; the rest is for the next process. */
  async flush(ms: number): Promise<void> {
    const all = Promise.all(this.#outboxes.map(outbox => outbox.hurry()));
    await withDeadline(all, ms, () => new Error('not all alerts were delivered in time')).catch(error => {
      const undelivered = this.channels.reduce((sum, { waiting }) => sum + waiting, 0);
      this.#options.logger.error(reasonOf(error), { undelivered });
    });
    this.#ledger.save();
  }

  /** Begins no further delivery and lets go of the files. */
  close(): void {
    for (const outbox of this.#outboxes) outbox.close();
    this.#ledger.close();
  }

  /** Goes on where the process before this one ended. */
  #takeUp(): void {
    const isUsed = (channel: string) => this.#outboxes.some(({ name }) => name === channel);
    // The newest first: of what nobody who is left has heard of, that is what they are told.
    for (const waiting of [...this.#ledger.waiting].reverse()) {
      if (!waiting.to.some(isUsed)) this.#tellOthers(waiting, isUsed);
      for (const name of waiting.to) if (!isUsed(name)) this.#ledger.done(waiting, name);
    }
    for (const waiting of [...this.#ledger.waiting]) this.#hand(waiting);
    this.#dueAt = this.#nextDueAt();
    for (const [key, { incident }] of [...this.#ledger.conditions]) {
      const why = incident && whyOutdated(incident.alert, this.#origin.table, this.#options.channels);
      if (why !== undefined) this.#take(key, { kind: 'ended', why });
    }
  }

  /** What waits for channels that are not used any more goes to those that are, where it is open and none of them knows. */
  #tellOthers(waiting: Waiting, isUsed: (channel: string) => boolean): void {
    const { key } = waiting;
    const condition = this.#ledger.conditions.get(key);
    if (!condition?.incident || condition.incident.toldTo?.some(isUsed)) return;
    try {
      const notice = this.#ledger.read(waiting);
      if (notice.occasion === 'acknowledged') return;
      const to = recipientsOf(notice, this.#options.channels);
      this.#ledger.record(key, toldTo(condition, to), { ...notice, id: randomUUID() }, to);
    } catch (error) {
      this.#options.logger.error('an alert that waited could not be read', { key, reason: reasonOf(error) });
    }
  }

  #say(check: keyof typeof alertingAlerts, message: string, subject?: string): void {
    this.#own.push({ check, failing: true, message, ...(subject === undefined ? {} : { subject }) });
  }

  #refused({ name }: Channel, notice: Notice, error: unknown): void {
    const { files, mayWrite, clock, logger } = this.#options;
    const kept = files === undefined ? 'in the log alone' : `in ${files}-refused.jsonl`;
    try {
      if (files !== undefined && (mayWrite?.() ?? true))
        keepRefusal(`${files}-refused.jsonl`, clock.now(), name, notice, error);
    } catch (failure) {
      logger.error('a refused alert could not be saved', { reason: reasonOf(failure) });
    }
    const { title, message } = notice.alert;
    this.#say(
      'alerts-refused',
      `${name} refused "${title}: ${message}" (${reasonOf(error)}); it is ${kept}`,
      name,
    );
    // Its caller is no check: nobody else may report for a while.
    this.observe([]);
  }

  #elapse(): void {
    const now = this.#options.clock.now();
    if (now < this.#elapsedAt) {
      // The clock was set back: what was due by the old time would not be for as long.
      this.#settledAt = Math.min(this.#settledAt, now + this.#settlingMs);
      this.#dueAt = now;
    }
    this.#elapsedAt = now;
    if (now < Math.max(this.#dueAt, this.#settledAt)) return;
    for (const key of [...this.#ledger.conditions.keys()]) this.#take(key, { kind: 'time' });
    this.#dueAt = this.#nextDueAt();
  }

  #nextDueAt(): number {
    let soonest = Infinity;
    for (const [key, condition] of this.#ledger.conditions)
      soonest = Math.min(soonest, dueAt(condition, this.#about(key, condition), this.#rules));
    return soonest;
  }

  #take(key: string, event: Event): void {
    const before = this.#ledger.conditions.get(key);
    const about = this.#about(key, before);
    const { condition, notice: draft } = step(before, event, about, this.#rules);
    if (condition) this.#dueAt = Math.min(this.#dueAt, dueAt(condition, about, this.#rules));
    if (draft) this.#tell(key, before, condition, { id: randomUUID(), at: about.now, ...draft });
    else if (isNews(before, condition, about.quietMs)) this.#ledger.record(key, condition);
    else if (condition) this.#ledger.note(key, condition);
    if (!draft && !before?.incident && condition?.incident) this.#logMuted(condition.incident.alert);
  }

  #about(key: string, condition: Condition | undefined): Circumstances {
    const check = condition?.incident?.alert.check;
    const quietHours = check === undefined ? undefined : kindOf(this.#origin, check).quietHours;
    return {
      now: this.#options.clock.now(),
      decision: this.#decisions[key],
      quietMs: quietHours === undefined ? undefined : quietHours * hourMs,
    };
  }

  #tell(key: string, before: Condition | undefined, condition: Condition | undefined, notice: Notice): void {
    const { occasion, alert, ending, decision } = notice;
    const to = recipientsOf(notice, this.#options.channels, before?.incident?.toldTo);
    const { severity, check, pool, title, message, runbook, owner, data } = alert;
    // Saved before anybody hears of it: whatever happens now, somebody will deliver it.
    const waiting = this.#ledger.record(key, condition && toldTo(condition, to), notice, to);
    const level = occasion === 'resolved' || occasion === 'acknowledged' ? 'info' : severity;
    // As a child, so that no key in the data passes for one of the alert's own.
    const logger = this.#options.logger.child(data);
    logger[level](`alert ${occasion}: ${title}: ${message}`, {
      check,
      pool,
      severity,
      runbook,
      owner,
      ending,
      decision,
    });
    this.#hand(waiting);
  }

  #hand(waiting: Waiting | undefined): void {
    if (!waiting) return;
    const { to } = waiting;
    for (const outbox of this.#outboxes) if (to.includes(outbox.name)) outbox.push(waiting);
  }

  #logMuted({ severity, title, message, check, pool }: Remembered): void {
    this.#options.logger[severity](`alert opened, but muted: ${title}: ${message}`, {
      check,
      pool,
      severity,
    });
  }

  #keyOf(observation: Observation): string {
    const { conditions } = this.#ledger;
    const keyOn = (chain: string) => keyOf(this.#origin, observation, chain);
    const [early, here] = [keyOn(unknownChain), this.#origin.chain()];
    // What was raised before the chain was known keeps its key until it is over.
    if (conditions.get(early)?.incident) return early;
    if (here !== unknownChain) return keyOn(here);
    // Nor does it get another one from a process that does not know the chain yet, in an outage say.
    for (const [key, { incident }] of conditions)
      if (incident && keyOn(incident.alert.chain) === key) return key;
    return early;
  }

  #eventOf(key: string, observation: Observation): Event {
    if (!observation.failing) return { kind: 'fine' };
    const alert = alertOf(this.#origin, key, observation, this.#options.clock.now());
    const chain = this.#ledger.conditions.get(key)?.incident?.alert.chain ?? alert.chain;
    return { kind: 'failing', alert: alert.chain === unknownChain ? { ...alert, chain } : alert };
  }
}
