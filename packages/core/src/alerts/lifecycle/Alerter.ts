import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/index.ts';
import { Dispatch, type DispatchOptions, logMember, logMuted, logNotice } from '../delivery/Dispatch.ts';
import { Ledger } from '../delivery/Ledger.ts';
import type { ChannelState } from '../delivery/Outbox.ts';
import type { AlertTable, News, Notice, Observation } from '../model/alert.ts';
import { alertingAlerts } from '../model/alertingAlerts.ts';
import {
  type Condition,
  isWorthSaving,
  keysOfFormerName,
  nextEpisode,
  type StoredAlert,
  withEpisode,
} from '../model/condition.ts';
import { withChanges } from '../model/lazyTexts.ts';
import { type Rules, usualRules } from '../model/rules.ts';
import type { AcknowledgementRecords } from '../model/schemas.ts';
import { Acknowledgements, isActive } from './Acknowledgements.ts';
import { AlertingHealth, whyOutdated } from './AlertingHealth.ts';
import { Findings, type Origin } from './Findings.ts';
import { Groups } from './Groups.ts';
import { type Circumstances, dueAt, type Event, type Step, step } from './lifecycle.ts';
import { type OpenAlert, openAlerts } from './openAlerts.ts';
import { ReminderHold } from './ReminderHold.ts';

/** The parts of an alerter. */
export interface AlerterOptions extends Origin, DispatchOptions {
  /** The name of this deployment. */
  environment?: string | undefined;
  /** Path of the alerts' files, without an ending. When absent, no alert survives the process. */
  files?: string;
  /** The acknowledgements and mutes from the command line. */
  acknowledgements?: Pick<Store<AcknowledgementRecords>, 'read'>;
  rules?: Rules;
}

const hourMs = 3_600_000;

/**
 * Turns observations into notices for people, and is the only class that sends to channels. Open alerts and
 * undelivered notices are on disk, so that the next process continues where this one ended.
 */
export class Alerter {
  readonly #options: AlerterOptions;
  readonly #table: AlertTable;
  readonly #findings: Findings;
  readonly #rules: Rules;
  readonly #ledger: Ledger;
  readonly #acknowledgements: Acknowledgements;
  readonly #dispatch: Dispatch;
  /** When the passing of time alone may cause a notice, in ms since 1970. */
  #dueAt = Infinity;
  readonly #groups = new Groups();
  readonly #reminderHold: ReminderHold;
  #elapsedAt: number;
  readonly #health: AlertingHealth;

  constructor(options: AlerterOptions) {
    const { clock, files, rules = usualRules } = options;
    this.#options = options;
    this.#table = { ...alertingAlerts, ...options.table };
    this.#findings = new Findings({ ...options, table: this.#table }, () => this.#ledger.conditions);
    this.#rules = rules;
    this.#health = new AlertingHealth(files);
    this.#ledger = new Ledger(files && `${files}.jsonl`, {
      ...this.#health.ledgerTrouble,
      mayWrite: () => options.mayWrite?.() ?? true,
    });
    const { acknowledgements } = options;
    this.#acknowledgements = new Acknowledgements({
      ...options,
      acknowledgements: acknowledgements && {
        read: () => this.#ledger.inTurn(() => acknowledgements.read()),
      },
    });
    this.#dispatch = new Dispatch(options, this.#ledger, (channel, message) => {
      this.#health.rejected(channel, message);
      // The report is made at once, since the next round may be some time away.
      this.observe([]);
    });
    this.#reminderHold = new ReminderHold(clock.now(), rules.resolveAfterMs);
    this.#elapsedAt = clock.now();
    this.#resume();
  }

  /** The conditions that hold now, with each finding of a group as its own alert. */
  get open(): OpenAlert[] {
    return openAlerts(
      this.#ledger.conditions,
      key => this.#acknowledgements.about(key),
      this.#options.clock.now(),
    );
  }

  get channels(): ChannelState[] {
    return this.#dispatch.channels;
  }

  /** Reports the observations of a round. Never throws and never waits for a channel. */
  observe(observations: readonly Observation[]): void {
    void this.readAcknowledgements();
    this.#ledger.check();
    const all = [...observations, ...this.#health.observations(this.channels)];
    const events = this.#findings.events(all, this.#options.clock.now(), error =>
      this.#options.logger.critical(
        'a finding could not be read and raises no alert; the other findings of the round were read',
        { error },
      ),
    );
    for (const [key, event] of events) {
      this.#reminderHold.seen(key);
      this.#apply(key, event);
    }
    this.#regroup(events);
    this.#elapse();
    for (const event of events.values()) if (event.kind === 'failing') event.forgetData?.();
  }

  /** Sends news. Never throws and never waits for a channel. */
  tell(news: News): void {
    const now = this.#options.clock.now();
    const notice: Notice = {
      id: randomUUID(),
      at: now,
      occasion: 'news',
      alert: this.#findings.newsAlert(news, now),
      environment: this.#environment,
    };
    logNotice(this.#options.logger, notice);
    this.#dispatch.sendNews(notice);
  }

  /**
   * Resolves the alerts that no later round will observe again.
   * @param why for people: "the endpoint is not used any more"
   */
  end(isOver: (alert: StoredAlert) => boolean, why: string): void {
    for (const [key, { incident }] of [...this.#ledger.conditions])
      if (incident && !incident.isGroup && isOver(incident.alert)) this.#apply(key, { kind: 'ended', why });
    this.#regroup();
  }

  /**
   * Resolves the alerts that could not be stored. The next process will not know of them, and raises again what
   * holds then.
   * @returns whether there were any
   */
  async endUnsaved(why: string): Promise<boolean> {
    await this.#ledger.save();
    const keys = new Set(this.#ledger.unsaved);
    this.end(({ dedupKey }) => keys.has(dedupKey), why);
    return keys.size > 0;
  }

  /** Reads the acknowledgements and mutes, at most once a second, without delaying any notice. */
  async readAcknowledgements(): Promise<void> {
    if (!(await this.#acknowledgements.refresh())) return;
    const now = this.#options.clock.now();
    // Recipients of an alert are notified that a person acknowledged or muted it.
    for (const [key, decision] of this.#acknowledgements.all) {
      const incident = this.#ledger.conditions.get(key)?.incident;
      if (incident && (incident.isGroup || isActive(incident, decision, now)))
        this.#apply(key, { kind: 'time' });
    }
    // An acknowledgement that was taken back is not in the list above.
    for (const [key, { incident }] of [...this.#ledger.conditions])
      if (incident?.told?.isAcknowledged) this.#apply(key, { kind: 'time' });
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
  #resume(): void {
    this.#dispatch.resume();
    for (const [key, { incident }] of this.#ledger.conditions) if (incident) this.#reminderHold.awaits(key);
    this.#dueAt = this.#nextDueAt();
    const { environment } = this.#options;
    const renamed = keysOfFormerName(this.#ledger.conditions, this.#environment);
    const whyRenamed = `this deployment is called ${environment ?? 'nothing'} now (ENVIRONMENT_NAME)`;
    for (const [key, { incident }] of [...this.#ledger.conditions]) {
      const isRenamed = renamed.has(incident?.alert.group ?? key);
      const why = isRenamed
        ? whyRenamed
        : incident && whyOutdated(incident.alert, this.#table, this.#options.channels);
      if (incident?.isGroup) this.#groups.note(key);
      else if (why !== undefined) this.#apply(key, { kind: 'ended', why });
      else if (incident?.alert.group !== undefined) this.#groups.note(incident.alert.group);
    }
    this.#regroup();
  }

  get #environment(): string {
    return this.#options.environment ?? '';
  }

  #elapse(): void {
    const now = this.#options.clock.now();
    if (now < this.#elapsedAt) {
      // A due time by the old clock would come too late by the amount that the clock was set back.
      this.#reminderHold.clockWasSetBack(now);
      this.#dueAt = now;
    }
    this.#elapsedAt = now;
    if (now < Math.max(this.#dueAt, this.#reminderHold.settledAt)) return;
    for (const [key, condition] of [...this.#ledger.conditions])
      if (this.#reminderHold.heldUntil(key, this.#about(key, condition)) === undefined)
        this.#apply(key, { kind: 'time' });
    this.#regroup();
    this.#dueAt = this.#nextDueAt();
  }

  #nextDueAt(): number {
    let soonest = Infinity;
    for (const [key, condition] of this.#ledger.conditions) {
      const about = this.#about(key, condition);
      const due = condition.incident?.isGroup
        ? (this.#groups.dueAt(key) ?? Infinity)
        : dueAt(condition, about);
      const at = this.#reminderHold.heldUntil(key, about) ?? due;
      soonest = Math.min(soonest, at);
    }
    return soonest;
  }

  #apply(key: string, event: Event): void {
    const before = this.#ledger.conditions.get(key);
    if (before?.incident?.isGroup) {
      this.#groups.note(key);
      return;
    }
    const about = this.#about(key, before);
    const next = step(before, event, about);
    const { condition } = next;
    if (condition) {
      const now = before ? about : this.#about(key, condition);
      this.#dueAt = Math.min(this.#dueAt, dueAt(condition, now));
    }
    this.#save(key, { before, next, quietMs: about.quietMs });
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
    { before, next, quietMs }: { before: Condition | undefined; next: Step; quietMs?: number | undefined },
  ): void {
    const { condition, notice: draft } = next;
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
      this.#dispatch.send({ key, before, after: withEpisode(condition, episode), notice });
      logNotice(this.#options.logger, notice);
      return;
    }
    if (condition && this.#informLate(key, condition)) return;
    if (isWorthSaving(before, condition, quietMs)) this.#ledger.record({ key, condition });
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
      acknowledgements: this.#acknowledgements,
      reminderHold: this.#reminderHold,
      rules: this.#rules,
    });
    for (const { key, before, next } of steps) {
      this.#dueAt = Math.min(this.#dueAt, next.dueAt);
      this.#save(key, { before, next });
    }
  }

  #about(key: string, condition: Condition | undefined): Circumstances {
    const check = condition?.incident?.alert.check;
    const quietHours = check === undefined ? undefined : this.#findings.kindOf(check).quietHours;
    return {
      now: this.#options.clock.now(),
      decision: this.#acknowledgements.about(key),
      quietMs: quietHours === undefined ? undefined : quietHours * hourMs,
      rules: this.#rules,
    };
  }
}
