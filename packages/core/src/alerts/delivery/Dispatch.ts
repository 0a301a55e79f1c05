import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, withDeadline } from '../../clock/index.ts';
import { reasonOf } from '../../errors/index.ts';
import type { Logger } from '../../logger/index.ts';
import type { Notice } from '../model/alert.ts';
import { type Condition, type StoredAlert, withRecipients } from '../model/condition.ts';
import { type Channel, DeliveryFailed } from './Channel.ts';
import type { Ledger } from './Ledger.ts';
import { type ChannelState, Outbox } from './Outbox.ts';
import type { QueuedNotice } from './readLedger.ts';
import { recipientsOf, takes } from './recipientsOf.ts';

const usualAttemptMs = 10_000;
const usualMostWaiting = 10_000;
/**
 * The most notices that wait for channels that are no longer configured. The limit is a number, since a clock
 * may be set by a year meanwhile.
 */
const mostForMissing = 1_000;

export interface DispatchOptions {
  channels: readonly Channel[];
  clock: Clock;
  logger: Logger;
  /** Path of the alerts' files, without an ending. When absent, a refused notice is in the log alone. */
  files?: string;
  /** Whether this process may write the files. @default always */
  mayWrite?(): boolean;
  /** How long a channel may take for one attempt, in ms. @default 10 s */
  attemptMs?: number;
  /** The most notices that wait for one channel, critical ones not counted. @default 10,000 */
  mostWaiting?: number;
  /** Returns a number from 0 to 1. */
  random?(): number;
}

/** A change of a key's condition, and the notice about it. */
interface Change {
  key: string;
  before: Condition | undefined;
  after: Condition | undefined;
  notice: Notice;
}

/**
 * Delivers each notice to the channels that it is for. A notice is saved before its first delivery, so that
 * this process or a later one delivers it.
 */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #ledger: Ledger;
  readonly #onRefused: (channel: string, message: string) => void;
  readonly #outboxes: readonly Outbox[];
  /** Lists of channels by their names: thousands of alerts share the same list. */
  readonly #lists = new Map<string, readonly string[]>();

  /** @param onRefused called when a service has refused a notice for good, with the file that keeps it */
  constructor(
    options: DispatchOptions,
    ledger: Ledger,
    onRefused: (channel: string, message: string) => void,
  ) {
    const { channels, clock, logger, attemptMs, mostWaiting, random } = options;
    this.#options = options;
    this.#ledger = ledger;
    this.#onRefused = onRefused;
    this.#outboxes = channels.map(
      channel =>
        new Outbox({
          channel,
          clock,
          logger,
          read: waiting => ledger.read(waiting),
          saved: () => ledger.saved(),
          done: (waiting, deliveredAt) => ledger.done(waiting, channel.name, deliveredAt),
          refused: (notice, error) => void this.#refused(channel.name, notice, error),
          attemptMs: attemptMs ?? usualAttemptMs,
          mostWaiting: mostWaiting ?? usualMostWaiting,
          random: random ?? Math.random,
          lastDeliveredAt: ledger.deliveredAt.get(channel.name),
        }),
    );
  }

  get channels(): ChannelState[] {
    return this.#outboxes.map(({ state }) => state);
  }

  /**
   * Takes over the notices of an earlier process. Notices for channels that are no longer configured go to
   * the configured ones.
   */
  resume(): void {
    const isUsed = (channel: string) => this.#outboxes.some(({ name }) => name === channel);
    // The newest notice goes first: it is the one that the remaining channels get of an alert they were never
    // sent.
    let kept = 0;
    for (const waiting of [...this.#ledger.waiting].reverse()) {
      const missing = waiting.to.filter(name => !isUsed(name));
      if (missing.length === 0) continue;
      if (missing.length === waiting.to.length) this.#sendToOthers(waiting, isUsed);
      // A channel that is missing at this start, for example by a mistake in its variables, gets the notice
      // when it is back.
      kept += 1;
      if (kept > mostForMissing) for (const name of missing) this.#ledger.done(waiting, name);
    }
    for (const waiting of [...this.#ledger.waiting]) {
      // The notice was kept for a missing channel, which takes no notices of this kind.
      if (waiting.occasion === 'acknowledged')
        for (const channel of this.#options.channels)
          if (waiting.to.includes(channel.name) && !takes(channel, this.#ledger.said(waiting)))
            this.#ledger.done(waiting, channel.name);
      this.#hand(waiting, true);
    }
  }

  /** Sends a notice about a change of a key's condition; both are saved together. */
  send({ key, before, after, notice }: Change): void {
    const to = this.#shared(recipientsOf(notice, this.#options.channels, before?.incident?.toldTo));
    const condition = after && withRecipients(after, to);
    this.#hand(this.#ledger.record({ key, condition, notice, to }));
  }

  /**
   * Sends the notice to the channels that it is for and that were never sent its alert.
   * @returns whether there are any
   */
  inform(key: string, condition: Condition, notice: Notice): boolean {
    const { toldTo: told = [] } = condition.incident ?? {};
    const to = recipientsOf(notice, this.#options.channels).filter(name => !told.includes(name));
    if (to.length > 0)
      this.#hand(this.#ledger.record({ key, condition: withRecipients(condition, to), notice, to }));
    return to.length > 0;
  }

  /** Sends a notice that is about no condition. */
  sendNews(notice: Notice): void {
    this.#hand(this.#ledger.enqueue(notice, recipientsOf(notice, this.#options.channels)));
  }

  /** Delivers waiting notices for at most `ms`; the rest is left to the next process. */
  async flush(ms: number): Promise<void> {
    const all = Promise.all(this.#outboxes.map(outbox => outbox.hurry()));
    await withDeadline(
      all,
      ms,
      () => new Error('the process ends before all alerts were delivered; the next process delivers them'),
    ).catch(error => {
      const undelivered = this.channels.reduce((sum, { waiting }) => sum + waiting, 0);
      this.#options.logger.error(reasonOf(error), { undelivered });
    });
  }

  /** Begins no further delivery. */
  close(): void {
    for (const outbox of this.#outboxes) outbox.close();
  }

  #shared(names: readonly string[]): readonly string[] {
    const list = names.join();
    const known = this.#lists.get(list) ?? names;
    this.#lists.set(list, known);
    return known;
  }

  #hand(waiting: QueuedNotice | undefined, isLeftOver = false): void {
    if (!waiting) return;
    const { to } = waiting;
    for (const outbox of this.#outboxes) if (to.includes(outbox.name)) outbox.push(waiting, isLeftOver);
  }

  /**
   * Sends a notice that waits for removed channels to the configured ones, if its alert is open and none of
   * them was sent it.
   */
  #sendToOthers(waiting: QueuedNotice, isUsed: (channel: string) => boolean): void {
    const { key } = waiting;
    const condition = this.#ledger.conditions.get(key);
    if (!condition?.incident || condition.incident.toldTo?.some(isUsed)) return;
    const notice = this.#ledger.said(waiting);
    if (notice.occasion === 'acknowledged') return;
    const to = recipientsOf(notice, this.#options.channels);
    const copy = { ...notice, id: randomUUID() };
    this.#ledger.record({ key, condition: withRecipients(condition, to), notice: copy, to });
  }

  async #refused(channel: string, notice: Notice, error: unknown): Promise<void> {
    const { title, message } = notice.alert;
    const kept = (await this.#keep(channel, notice, error)) ?? 'the log only';
    this.#onRefused(
      channel,
      `${channel} rejected the alert "${title}: ${message}" permanently (${reasonOf(error)}), and does not show it. The alert is kept in ${kept}`,
    );
  }

  /** Stores a notice that was refused for good. @returns the path of the file that keeps it, if any */
  async #keep(channel: string, notice: Notice, error: unknown): Promise<string | undefined> {
    const { files, mayWrite, clock, logger } = this.#options;
    if (files === undefined || mayWrite?.() === false) return undefined;
    const path = `${files}-refused.jsonl`;
    try {
      await this.#ledger.inTurn(() => keepRejected(path, { at: clock.now(), channel, notice, error }));
      return path;
    } catch (failure) {
      logger.error('a rejected alert could not be saved; it is in the log', { reason: reasonOf(failure) });
      return undefined;
    }
  }
}

/** Logs a notice, independent of the channels that it is sent to. */
export function logNotice(logger: Logger, { occasion, alert, ending, decision }: Notice): void {
  const { severity, check, pool, title, message, runbook, owner, data } = alert;
  // The child logger keeps a key in the data from replacing one of the alert's own.
  const line = logger.child(data);
  if (occasion === 'news') {
    line.info(`news: ${title}: ${message}`, { check, pool });
    return;
  }
  const level = occasion === 'resolved' || occasion === 'acknowledged' ? 'info' : severity;
  const about = { check, pool, severity, runbook, owner, ending, decision };
  line[level](`alert ${occasion}: ${title}: ${message}`, about);
}

/** Logs a finding that is reported only as part of its group. */
export function logMember(
  logger: Logger,
  { severity, title, message, check, pool, cause }: StoredAlert,
): void {
  logger[severity](`alert opened, in the group of ${cause}: ${title}: ${message}`, {
    check,
    pool,
    severity,
  });
}

/** Logs a muted alert, which no channel gets. */
export function logMuted(logger: Logger, { severity, title, message, check, pool }: StoredAlert): void {
  logger[severity](`alert opened, but muted: ${title}: ${message}`, { check, pool, severity });
}

/** At this size a new file is begun; the previous one is kept. */
const longestBytes = 10_485_760;

interface Rejected {
  /** Milliseconds since 1970. */
  at: number;
  channel: string;
  notice: Notice;
  error: unknown;
}

/**
 * Appends a notice that a service rejected permanently to a file of JSON lines.
 * @throws when it cannot be written
 */
async function keepRejected(path: string, { at, channel, notice, error }: Rejected): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const found = await stat(path).catch(() => undefined);
  if (found && found.size > longestBytes) await rename(path, `${path}.old`);
  const answer = error instanceof DeliveryFailed ? error.answer : undefined;
  const line = { at: new Date(at).toISOString(), channel, reason: reasonOf(error), answer, notice };
  await appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
