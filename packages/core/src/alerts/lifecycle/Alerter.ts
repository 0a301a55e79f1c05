import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/index.ts';
import { Dispatch, type DispatchOptions, logMember, logMuted, logNotice } from '../delivery/Dispatch.ts';
import { Ledger } from '../delivery/Ledger.ts';
import type { ChannelState } from '../delivery/Outbox.ts';
import type { News, Notice, Observation } from '../model/alert.ts';
import { alertingAlerts } from '../model/alertingAlerts.ts';
import {
  type Condition,
  isNews,
  keysOfFormerName,
  nextEpisode,
  type Remembered,
  withEpisode,
} from '../model/condition.ts';
import { withChanges } from '../model/lazyTexts.ts';
import { type Rules, usualRules } from '../model/rules.ts';
import type { Decisions } from '../model/schemas.ts';
import { Decided } from './Acknowledgements.ts';
import { stands } from './acknowledgement.ts';
import { ChannelTroubles, whyOutdated } from './ChannelTroubles.ts';
import { chainIn, foundOf, keyOf, kindOf, Memo, type Origin, unknownChain } from './Findings.ts';
import { Groups } from './Groups.ts';
import { type Circumstances, dueAt, type Event, isOutweighed, type Step, step } from './lifecycle.ts';
import { type OpenAlert, openAlerts } from './openAlerts.ts';
import { FirstLooks } from './ReminderHold.ts';

export interface AlerterOptions extends Origin, DispatchOptions {
  /** The name of this deployment. */
  environment?: string | undefined;
  /** Path of the alerts' files, without an ending. When absent, no alert survives the process. */
  files?: string;
  /** The acknowledgements and mutes from the command line. */
  decisions?: Pick<Store<Decisions>, 'read'>;
  rules?: Rules;
}

const hourMs = 3_600_000;

/**
 * Turns observations into notices for people, and is the only class that sends to channels. Open alerts and
 * undelivered notices are on disk, so that the next process continues where this one ended.
 */
export class Alerter {
  readonly #options: AlerterOptions;
  readonly #origin: Origin;
  readonly #rules: Rules;
  readonly #ledger: Ledger;
  readonly #decided: Decided;
  readonly #dispatch: Dispatch;
  /** When the passing of time alone may cause a notice, in ms since 1970. */
  #dueAt = Infinity;
  readonly #groups = new Groups();
  /**
   * Keys of the alerts for the causes of a round, by check and cause: 2,000 findings may have the same cause.
   */
  readonly #groupKeys = new Map<string, Memo>();
  /** Subjects and causes of a round, redacted. */
  readonly #names: Memo;
  readonly #firstLooks: FirstLooks;
  #elapsedAt: number;
  readonly #troubles = new ChannelTroubles();
  /** The observations about alerting itself, which are reported with the next round. */
  #own: Observation[] = [];

  constructor(options: AlerterOptions) {
    const { clock, files, rules = usualRules } = options;
    this.#options = options;
    this.#names = new Memo(text => options.redact(text));
    const runbooks = new Memo(page => `${options.runbookUrl}/${page}.md`);
    this.#origin = {
      ...options,
      table: { ...alertingAlerts, ...options.table },
      redactName: text => this.#names.of(text),
      runbookLink: page => runbooks.of(page),
    };
    this.#rules = rules;
    this.#ledger = new Ledger(files && `${files}.jsonl`, {
      unreadable: keptAt =>
        this.#say('state-unreadable', `some of ${files}.jsonl makes no sense; it was set aside as ${keptAt}`),
      unwritable: reason =>
        this.#say(
          'state-unwritable',
          `${files}.jsonl cannot be written (${reason}); alerts go out all the same`,
        ),
      changed: () =>
        this.#say(
          'state-unreadable',
          `${files}.jsonl was cut, deleted or replaced by another program; it was written anew from memory, and no alert is lost. Leave the files in STATE_DIR to the bot: no logrotate, no restore while it runs`,
        ),
      mayWrite: () => options.mayWrite?.() ?? true,
    });
    const { decisions } = options;
    this.#decided = new Decided({
      ...options,
      decisions: decisions && { read: () => this.#ledger.inTurn(() => decisions.read()) },
    });
    this.#dispatch = new Dispatch(options, this.#ledger, (channel, message) => {
      this.#say('alerts-refused', message, channel);
      // The report is made at once, since the next round may be some time away.
      this.observe([]);
    });
    this.#firstLooks = new FirstLooks(clock.now(), rules.resolveAfterMs);
    this.#elapsedAt = clock.now();
    this.#takeUp();
  }

  /** The conditions that hold now, with each finding of a group as its own alert. */
  get open(): OpenAlert[] {
    return openAlerts(this.#ledger.conditions, key => this.#decided.about(key), this.#options.clock.now());
  }

  get channels(): ChannelState[] {
    return this.#dispatch.channels;
  }

  /** Reports the observations of a round. Never throws and never waits for a channel. */
  observe(observations: readonly Observation[]): void {
    void this.readDecisions();
    this.#ledger.check();
    const own = this.#own;
    this.#own = [];
    this.#groupKeys.clear();
    this.#names.clear();
    const events = new Map<string, Event>();
    for (const observation of [...observations, ...own, ...this.#troubles.observations(this.channels)])
      this.#collect(observation, events);
    for (const [key, event] of events) {
      this.#firstLooks.seen(key);
      this.#take(key, event);
    }
    this.#regroup(events);
    this.#elapse();
    for (const event of events.values()) if (event.kind === 'failing') event.forgetData?.();
  }

  /** Sends news. Never throws and never waits for a channel. */
  tell(news: News): void {
    const { now } = this.#options.clock;
    const observation = { ...news, failing: true as const, severity: 'info' as const };
    const place = { group: undefined, chain: this.#origin.chain(), now: now() };
    const found = foundOf(this.#origin, this.#keyOf(observation), observation, place);
    const alert = { ...found.alert, title: news.title, data: found.data() };
    const notice: Notice = {
      id: randomUUID(),
      at: now(),
      occasion: 'news',
      alert,
      environment: this.#environment,
    };
    logNotice(this.#options.logger, notice);
    this.#dispatch.sendNews(notice);
  }

  /**
   * Resolves the alerts that no later round will observe again.
   * @param why for people: "the endpoint is not used any more"
   */
  end(isOver: (alert: Remembered) => boolean, why: string): void {
    for (const [key, { incident }] of [...this.#ledger.conditions])
      if (incident && !incident.isGroup && isOver(incident.alert)) this.#take(key, { kind: 'ended', why });
    this.#regroup();
  }

  /** Reads the acknowledgements and mutes, at most once a second, without delaying any notice. */
  async readDecisions(): Promise<void> {
    if (!(await this.#decided.look())) return;
    const now = this.#options.clock.now();
    // Recipients of an alert are notified that a person acknowledged or muted it.
    for (const [key, decision] of this.#decided.all) {
      const incident = this.#ledger.conditions.get(key)?.incident;
      if (incident && (incident.isGroup || stands(incident, decision, now)))
        this.#take(key, { kind: 'time' });
    }
    // An acknowledgement that was taken back is not in the list above.
    for (const [key, { incident }] of [...this.#ledger.conditions])
      if (incident?.told?.isAcknowledged) this.#take(key, { kind: 'time' });
    this.#regroup();
    // The due times depend on the decisions.
    this.#dueAt = this.#nextDueAt();
  }

  /** Delivers waiting notices for at most `ms`; the rest is left to the next process. */
  async flush(ms: number): Promise<void> {
    await this.#dispatch.flush(ms);
    await this.#ledger.save();
  }

  /** Begins no further delivery and closes the files. */
  close(): void {
    this.#dispatch.close();
    this.#ledger.close();
  }

  /** Continues with the alerts of the previous process. */
  #takeUp(): void {
    this.#dispatch.takeUp();
    for (const [key, { incident }] of this.#ledger.conditions) if (incident) this.#firstLooks.awaits(key);
    this.#dueAt = this.#nextDueAt();
    const { environment } = this.#options;
    const renamed = keysOfFormerName(this.#ledger.conditions, this.#environment);
    const whyRenamed = `this deployment is called ${environment ?? 'nothing'} now (ENVIRONMENT_NAME)`;
    for (const [key, { incident }] of [...this.#ledger.conditions]) {
      const isRenamed = renamed.has(incident?.alert.group ?? key);
      const why = isRenamed
        ? whyRenamed
        : incident && whyOutdated(incident.alert, this.#origin.table, this.#options.channels);
      if (incident?.isGroup) this.#groups.note(key);
      else if (why !== undefined) this.#take(key, { kind: 'ended', why });
      else if (incident?.alert.group !== undefined) this.#groups.note(incident.alert.group);
    }
    this.#regroup();
  }

  /**
   * Adds one observation. When it cannot be read, since a getter of its data throws, the other observations
   * still count.
   */
  #collect(observation: Observation, events: Map<string, Event>): void {
    try {
      const key = this.#keyOf(observation);
      const event = this.#eventOf(key, observation);
      if (!isOutweighed(event, events.get(key))) events.set(key, event);
    } catch (error) {
      this.#options.logger.critical('a finding could not be read; the others of its round were', { error });
    }
  }

  get #environment(): string {
    return this.#options.environment ?? '';
  }

  #say(check: keyof typeof alertingAlerts, message: string, subject?: string): void {
    this.#own.push({ check, failing: true, message, ...(subject === undefined ? {} : { subject }) });
  }

  #elapse(): void {
    const now = this.#options.clock.now();
    if (now < this.#elapsedAt) {
      // A due time by the old clock would come too late by the amount that the clock was set back.
      this.#firstLooks.clockWasSetBack(now);
      this.#dueAt = now;
    }
    this.#elapsedAt = now;
    if (now < Math.max(this.#dueAt, this.#firstLooks.settledAt)) return;
    for (const [key, condition] of [...this.#ledger.conditions])
      if (this.#firstLooks.heldUntil(key, this.#about(key, condition)) === undefined)
        this.#take(key, { kind: 'time' });
    this.#regroup();
    this.#dueAt = this.#nextDueAt();
  }

  #nextDueAt(): number {
    let soonest = Infinity;
    for (const [key, condition] of this.#ledger.conditions) {
      const about = this.#about(key, condition);
      const due = condition.incident?.isGroup
        ? (this.#groups.dueAt(key) ?? Infinity)
        : dueAt(condition, about, this.#rules);
      const at = this.#firstLooks.heldUntil(key, about) ?? due;
      soonest = Math.min(soonest, at);
    }
    return soonest;
  }

  #take(key: string, event: Event): void {
    const before = this.#ledger.conditions.get(key);
    if (before?.incident?.isGroup) {
      this.#groups.note(key);
      return;
    }
    const about = this.#about(key, before);
    const next = step(before, event, about, this.#rules);
    const { condition } = next;
    if (condition) {
      const now = before ? about : this.#about(key, condition);
      this.#dueAt = Math.min(this.#dueAt, dueAt(condition, now, this.#rules));
    }
    this.#save(key, before, next, about.quietMs);
    const [was, is] = [before?.incident?.alert, condition?.incident?.alert];
    for (const group of [was?.group, is?.group])
      if (group !== undefined) this.#groups.note(group, event.kind === 'ended' ? event.why : undefined);
    if (is?.group !== undefined) {
      if (was?.group !== is.group) logMember(this.#options.logger, is);
    } else if (!next.notice && !was && is) logMuted(this.#options.logger, is);
  }

  /** Saves the condition of a key, and sends the notice about it. */
  #save(
    key: string,
    before: Condition | undefined,
    { condition, notice: draft }: Step,
    quietMs?: number,
  ): void {
    const told = before?.incident?.told;
    if (draft) {
      const episode = nextEpisode(told, draft.occasion, this.#environment);
      const notice: Notice = {
        id: randomUUID(),
        at: this.#options.clock.now(),
        ...draft,
        ...(draft.occasion === 'resolved'
          ? { episode: told?.episode, environment: told?.environment ?? this.#environment }
          : { episode: episode.episode, environment: this.#environment }),
      };
      this.#dispatch.send(key, before, withEpisode(condition, episode), notice);
      logNotice(this.#options.logger, notice);
      return;
    }
    if (condition && this.#informLate(key, condition)) return;
    if (isNews(before, condition, quietMs)) this.#ledger.record(key, condition);
    else if (condition) this.#ledger.note(key, condition);
  }

  /**
   * Informs a channel that was added while a critical alert is open.
   * @returns whether there was such a channel
   */
  #informLate(key: string, condition: Condition): boolean {
    const { incident } = condition;
    if (
      !incident?.told ||
      incident.told.isAcknowledged ||
      incident.gone ||
      incident.alert.group !== undefined
    )
      return false;
    if (incident.alert.severity !== 'critical') return false;
    const alert = withChanges(incident.alert, { data: {} });
    const { episode } = incident.told;
    const notice: Notice = {
      id: randomUUID(),
      at: this.#options.clock.now(),
      occasion: 'lasting',
      alert,
      episode,
      environment: this.#environment,
    };
    return this.#dispatch.inform(key, condition, notice);
  }

  /**
   * Takes the next step of the groups whose findings have changed, after all observations of a round are
   * known.
   * @param events with the data of the findings
   */
  #regroup(events?: ReadonlyMap<string, Event>): void {
    const steps = this.#groups.steps(this.#ledger.conditions, {
      events,
      now: this.#options.clock.now(),
      decided: this.#decided,
      firstLooks: this.#firstLooks,
      rules: this.#rules,
    });
    for (const { key, before, next } of steps) {
      this.#dueAt = Math.min(this.#dueAt, next.dueAt);
      this.#save(key, before, next);
    }
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

  /** Returns the key of the alert for all findings with a cause. */
  #groupOf({ check, cause }: Observation): string | undefined {
    if (cause === undefined) return undefined;
    let keys = this.#groupKeys.get(check);
    if (!keys) {
      keys = new Memo(each => this.#keyOf({ check, subject: each, failing: false }));
      this.#groupKeys.set(check, keys);
    }
    return keys.of(cause);
  }

  #keyOf(observation: Observation): string {
    return keyOf(this.#origin, observation, this.#ledger.conditions);
  }

  #eventOf(key: string, observation: Observation): Event {
    if (!observation.failing)
      return observation.ended === undefined ? { kind: 'fine' } : { kind: 'ended', why: observation.ended };
    const chain = this.#origin.chain();
    const place = {
      group: this.#groupOf(observation),
      chain: chain === unknownChain ? chainIn(key) : chain,
      now: this.#options.clock.now(),
    };
    return { kind: 'failing', ...foundOf(this.#origin, key, observation, place) };
  }
}
