import { randomUUID } from 'node:crypto';
import type { Store } from '../store/index.ts';
import type { Decision, News, Notice, Observation } from './alert.ts';
import { alertingAlerts } from './alertingAlerts.ts';
import { ChannelTroubles } from './channelTroubles.ts';
import { type Condition, isNews, type Remembered } from './condition.ts';
import { Decided } from './Decided.ts';
import { Dispatch, type DispatchOptions } from './Dispatch.ts';
import { stands } from './decisions.ts';
import { alertOf, keyOf, kindOf, type Origin, unknownChain } from './describe.ts';
import { FirstLooks } from './FirstLooks.ts';
import { Ledger } from './Ledger.ts';
import { type Circumstances, dueAt, type Event, isOutweighed, step } from './lifecycle.ts';
import { logMuted, logNotice } from './logLines.ts';
import type { ChannelState } from './Outbox.ts';
import { whyOutdated } from './outdated.ts';
import { type Rules, usualRules } from './rules.ts';
import type { Decisions } from './schemas.ts';

export interface AlerterOptions extends Origin, DispatchOptions {
  /** Path of the alerts' files, without an ending; absent: nothing survives the process. */
  files?: string;
  /** What people decided from the command line. */
  decisions?: Store<Decisions>;
  rules?: Rules;
}

/** A condition that holds, as people are shown it. Times are milliseconds since 1970. */
export interface OpenAlert extends Remembered {
  lastSentAt: number | undefined;
  isFlapping: boolean;
  /** What a person decided about it, while that counts. */
  decision: Decision | undefined;
}

const hourMs = 3_600_000;

/**
 * Turns what checks observed into notices for people. The only one who talks to channels. What is open, and what is not
 * delivered yet, is on disk: the next process goes on where this one ended.
 */
export class Alerter {
  readonly #options: AlerterOptions;
  readonly #origin: Origin;
  readonly #rules: Rules;
  readonly #ledger: Ledger;
  readonly #decided: Decided;
  readonly #dispatch: Dispatch;
  /** When time alone may have something to tell. */
  #dueAt = Infinity;
  readonly #firstLooks: FirstLooks;
  #elapsedAt = -Infinity;
  readonly #troubles = new ChannelTroubles();
  /** What alerting has to say about itself, at the next opportunity. */
  #own: Observation[] = [];

  constructor(options: AlerterOptions) {
    const { clock, files, rules = usualRules } = options;
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
    this.#decided = new Decided(options);
    this.#dispatch = new Dispatch(options, this.#ledger, (channel, message) => {
      this.#say('alerts-refused', message, channel);
      // Nobody else may report for a while.
      this.observe([]);
    });
    this.#firstLooks = new FirstLooks(clock.now(), rules.resolveAfterMs);
    this.#takeUp();
  }

  /** Conditions that hold now. */
  get open(): OpenAlert[] {
    const now = this.#options.clock.now();
    return [...this.#ledger.conditions].flatMap(([key, { incident }]) => {
      if (!incident) return [];
      const decision = this.#decided.about(key);
      const isStanding = decision && stands(incident, decision, now);
      const { alert, told, isFlapping } = incident;
      return [{ ...alert, lastSentAt: told?.at, isFlapping, decision: isStanding ? decision : undefined }];
    });
  }

  get channels(): ChannelState[] {
    return this.#dispatch.channels;
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
    for (const [key, event] of events) {
      this.#firstLooks.seen(key);
      this.#take(key, event);
    }
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
    const notice: Notice = { id: randomUUID(), at: now(), occasion: 'news', alert };
    logNotice(this.#options.logger, notice);
    this.#dispatch.sendNews(notice);
  }

  /** What nobody will look at any more ends here. @param why for people: "the endpoint is not used any more" */
  end(isOver: (alert: Remembered) => boolean, why: string): void {
    for (const [key, { incident }] of [...this.#ledger.conditions])
      if (incident && isOver(incident.alert)) this.#take(key, { kind: 'ended', why });
  }

  /** Looks at what people decided; at most once a second, and never in the way. */
  async readDecisions(): Promise<void> {
    if (!(await this.#decided.look())) return;
    const now = this.#options.clock.now();
    // Who knows of what somebody takes care of hears of that now.
    for (const [key, decision] of this.#decided.all) {
      const incident = this.#ledger.conditions.get(key)?.incident;
      if (incident && stands(incident, decision, now)) this.#take(key, { kind: 'time' });
    }
    // What is due when depends on them.
    this.#dueAt = this.#nextDueAt();
  }

  /** Delivers what waits as far as it goes, at most `ms`; the rest is for the next process. */
  async flush(ms: number): Promise<void> {
    await this.#dispatch.flush(ms);
    this.#ledger.save();
  }

  /** Begins no further delivery and lets go of the files. */
  close(): void {
    this.#dispatch.close();
    this.#ledger.close();
  }

  /** Goes on where the process before this one ended. */
  #takeUp(): void {
    this.#dispatch.takeUp();
    for (const [key, { incident }] of this.#ledger.conditions) if (incident) this.#firstLooks.awaits(key);
    this.#dueAt = this.#nextDueAt();
    for (const [key, { incident }] of [...this.#ledger.conditions]) {
      const why = incident && whyOutdated(incident.alert, this.#origin.table, this.#options.channels);
      if (why !== undefined) this.#take(key, { kind: 'ended', why });
    }
  }

  #say(check: keyof typeof alertingAlerts, message: string, subject?: string): void {
    this.#own.push({ check, failing: true, message, ...(subject === undefined ? {} : { subject }) });
  }

  #elapse(): void {
    const now = this.#options.clock.now();
    if (now < this.#elapsedAt) {
      // What was due by the old time would not be for as long.
      this.#firstLooks.clockWasSetBack(now);
      this.#dueAt = now;
    }
    this.#elapsedAt = now;
    if (now < Math.max(this.#dueAt, this.#firstLooks.settledAt)) return;
    for (const [key, condition] of [...this.#ledger.conditions])
      if (this.#firstLooks.heldUntil(key, this.#about(key, condition)) === undefined)
        this.#take(key, { kind: 'time' });
    this.#dueAt = this.#nextDueAt();
  }

  #nextDueAt(): number {
    let soonest = Infinity;
    for (const [key, condition] of this.#ledger.conditions) {
      const about = this.#about(key, condition);
      const at = this.#firstLooks.heldUntil(key, about) ?? dueAt(condition, about, this.#rules);
      soonest = Math.min(soonest, at);
    }
    return soonest;
  }

  #take(key: string, event: Event): void {
    const before = this.#ledger.conditions.get(key);
    const about = this.#about(key, before);
    const { condition, notice: draft } = step(before, event, about, this.#rules);
    if (condition)
      this.#dueAt = Math.min(this.#dueAt, dueAt(condition, this.#about(key, condition), this.#rules));
    if (draft) {
      const notice: Notice = { id: randomUUID(), at: about.now, ...draft };
      this.#dispatch.send(key, before, condition, notice);
      logNotice(this.#options.logger, notice);
    } else if (isNews(before, condition, about.quietMs)) this.#ledger.record(key, condition);
    else if (condition) this.#ledger.note(key, condition);
    if (!draft && !before?.incident && condition?.incident)
      logMuted(this.#options.logger, condition.incident.alert);
  }

  #about(key: string, condition: Condition | undefined): Circumstances {
    const check = condition?.incident?.alert.check;
    const quietHours = check === undefined ? undefined : kindOf(this.#origin, check).quietHours;
    return {
      now: this.#options.clock.now(),
      decision: this.#decided.about(key),
      quietMs: quietHours === undefined ? undefined : quietHours * hourMs,
    };
  }

  #keyOf(observation: Observation): string {
    return keyOf(this.#origin, observation, this.#ledger.conditions);
  }

  #eventOf(key: string, observation: Observation): Event {
    if (!observation.failing)
      return observation.ended === undefined ? { kind: 'fine' } : { kind: 'ended', why: observation.ended };
    const alert = alertOf(this.#origin, key, observation, this.#options.clock.now());
    const chain = this.#ledger.conditions.get(key)?.incident?.alert.chain ?? alert.chain;
    return { kind: 'failing', alert: alert.chain === unknownChain ? { ...alert, chain } : alert };
  }
}
