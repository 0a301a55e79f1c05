import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock/index.ts';
import { withDeadline } from '../clock/index.ts';
import { reasonOf } from '../errors/index.ts';
import { type Logger, type Plain, serialise } from '../logger/index.ts';
import type { Alert, AlertTable, News, Notice, Observation, Severity } from './alert.ts';
import type { Channel } from './channel.ts';
import { type OpenAlerts, step } from './lifecycle.ts';
import { redactAll } from './redactAll.ts';

export interface AlerterOptions {
  bot: string;
  /** Name of the chain; asked each time, since it may not be known before the first endpoint answers. */
  chain(): string;
  version: string;
  table: AlertTable;
  /** Base URL of the runbook pages, without a slash at the end. */
  runbookUrl: string;
  channels: readonly Channel[];
  clock: Clock;
  logger: Logger;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  /** Who has to deal with it; `on-call` unless given. */
  ownerOf?(bot: string, check: string, severity: Severity): string;
  /** How long a channel may take for one try; 10 s unless given. */
  attemptMs?: number;
}

const usualAttemptMs = 10_000;
/** Pauses before each further try of a delivery that failed. */
const retryAfterMs = [2_000, 10_000, 60_000, 300_000];
/** Deliveries waiting for one channel at a time; beyond that, the log has to do. */
const maxWaiting = 1_000;
const maxDataBytes = 16_384;

/** Turns what checks observed into notices for people. The only one who talks to channels. */
export class Alerter {
  readonly #options: AlerterOptions;
  #open: OpenAlerts = new Map();
  /** Deliveries that are not over, by channel; each with the key of its alert. */
  readonly #deliveries = new Map<Channel, Map<Promise<void>, string>>();

  constructor(options: AlerterOptions) {
    this.#options = options;
  }

  /** Conditions that hold now. */
  get open(): Alert[] {
    return [...this.#open.values()];
  }

  /** Never throws and never waits for a channel. */
  observe(observations: readonly Observation[]): void {
    for (const observation of observations)
      this.#take(this.#keyOf(observation), observation.failing ? this.#alertOf(observation) : undefined);
  }

  /** Never throws and never waits for a channel. */
  tell(news: News): void {
    const alert = { ...this.#alertOf({ ...news, failing: true, severity: 'info' }), title: news.title };
    this.#send({ id: randomUUID(), at: alert.since, occasion: 'news', alert });
  }

  /** What was raised about a pool that is no longer watched ends here. */
  forget(pool: string): void {
    for (const alert of this.open) if (alert.pool === pool) this.#take(alert.dedupKey, undefined);
  }

  /** Waits for deliveries under way, at most `ms`. */
  async flush(ms: number): Promise<void> {
    const waiting = () => [...this.#deliveries.values()].flatMap(deliveries => [...deliveries.keys()]);
    const all = Promise.allSettled(waiting());
    await withDeadline(all, ms, () => new Error('not all alerts were delivered in time')).catch(error => {
      this.#options.logger.error(reasonOf(error), { undelivered: waiting().length });
    });
  }

  #take(dedupKey: string, alert: Alert | undefined): void {
    const { open, notice } = step(this.#open, dedupKey, alert);
    this.#open = open;
    if (notice) this.#send({ id: randomUUID(), at: this.#options.clock.now(), ...notice });
  }

  #send(notice: Notice): void {
    const { occasion, alert } = notice;
    const { severity, check, pool, title, message, runbook, owner, data } = alert;
    // As a child, which reads the data with care: a getter that throws must not cost the alert.
    const logger = this.#options.logger.child(data);
    if (occasion === 'news') logger.info(`news: ${title}: ${message}`, { check, pool });
    else {
      const level = occasion === 'resolved' ? 'info' : severity;
      logger[level](`alert ${occasion}: ${title}: ${message}`, { check, pool, severity, runbook, owner });
    }
    for (const channel of this.#options.channels) if (wants(channel, notice)) this.#queue(channel, notice);
  }

  /** Notices about the same condition arrive in their order; those about others do not wait for them. */
  #queue(channel: Channel, notice: Notice): void {
    const { dedupKey, check, pool } = notice.alert;
    const waiting = this.#deliveries.get(channel) ?? new Map<Promise<void>, string>();
    this.#deliveries.set(channel, waiting);
    if (waiting.size >= maxWaiting) {
      this.#options.logger.critical('too many alerts wait for delivery; this one is only in the log', {
        channel: channel.name,
        check,
        pool,
      });
      return;
    }
    const before = [...waiting].filter(([, key]) => key === dedupKey).map(([delivery]) => delivery);
    const delivery = Promise.all(before)
      .then(() => this.#deliver(channel, notice))
      .finally(() => waiting.delete(delivery));
    waiting.set(delivery, dedupKey);
  }

  async #deliver(channel: Channel, notice: Notice): Promise<void> {
    const { clock, logger, attemptMs = usualAttemptMs } = this.#options;
    const { check } = notice.alert;
    for (const pauseMs of [...retryAfterMs, undefined]) {
      try {
        await withDeadline(
          channel.deliver([notice], AbortSignal.timeout(attemptMs)),
          attemptMs,
          () => new Error(`no answer within ${attemptMs} ms`),
        );
        return;
      } catch (error) {
        logger.warning('an alert was not delivered', {
          channel: channel.name,
          check,
          reason: reasonOf(error),
          retryInMs: pauseMs,
        });
        if (pauseMs !== undefined) await clock.sleep(pauseMs);
      }
    }
    logger.critical('an alert could not be delivered; it is only in the log', {
      channel: channel.name,
      check,
    });
  }

  #keyOf({ check, pool, subject }: Observation): string {
    const parts = [this.#options.bot, check, this.#options.chain(), pool ?? '-'];
    return [...parts, ...(subject === undefined ? [] : [subject])].join(':');
  }

  #alertOf(observation: Extract<Observation, { failing: true }>): Alert {
    const { bot, chain, version, table, runbookUrl, clock, ownerOf = () => 'on-call' } = this.#options;
    const { check, pool, subject } = observation;
    const { message, data } = this.#clean({ message: observation.message, data: observation.data ?? {} });
    // A check outside the table is a defect, but losing its alert would be a worse one.
    const kind = table[check] ?? { title: check, severity: 'error', runbook: 'index' };
    const severity = observation.severity ?? kind.severity;
    return {
      dedupKey: this.#keyOf(observation),
      severity,
      bot,
      check,
      chain: chain(),
      pool,
      subject,
      title: kind.title,
      message,
      runbook: `${runbookUrl}/${kind.runbook}.md`,
      owner: ownerOf(bot, check, severity),
      version,
      since: clock.now(),
      count: 1,
      data,
    };
  }

  #clean(text: { message: string; data: Record<string, unknown> }): Pick<Alert, 'message' | 'data'> {
    const { redact } = this.#options;
    const plain: Plain = { message: text.message, data: serialise(text.data, maxDataBytes, redact) };
    return redactAll(plain, redact) as unknown as Pick<Alert, 'message' | 'data'>;
  }
}

function wants(channel: Channel, notice: Notice): boolean {
  return channel.wants?.(notice) ?? notice.occasion !== 'news';
}
