import { BotError, reasonOf } from '../errors/index.ts';
import type { LeaseFolder } from './leaseFolder.ts';
import { judgeSighting, type LeaseRecord, recordOf, type Sighting, textOf } from './record.ts';
import type { Presence } from './socketPresence.ts';
import { atMostMs, type Moment, type Stopwatch } from './stopwatch.ts';

/** Thrown when this copy of the bot may not act, because another copy may have begun to act. */
export class LeaseLost extends BotError {
  /** Whether the renewal failed because the folder failed or did not answer: no other copy was seen. */
  readonly isFolderFailing: boolean;
  /** Whether this copy had no lease, and the folder can be used again: no other copy was seen. */
  readonly isFolderUsable: boolean;

  constructor(message: string, { isFolderFailing = false, isFolderUsable = false } = {}) {
    super(message);
    this.isFolderFailing = isFolderFailing;
    this.isFolderUsable = isFolderUsable;
  }
}

/** The times of a lease, in ms. They must satisfy: renew < margin < length. */
export interface LeaseTimes {
  /** The pause between two renewals by the holder. */
  renewEveryMs: number;
  /** The holder stops acting this long after its last successful renewal began. */
  marginMs: number;
  /** A copy that waits takes over when it has seen no renewal for this long. */
  lengthMs: number;
  /** How often a copy that waits looks at the lease. */
  lookEveryMs: number;
}
export const usualTimes: LeaseTimes = {
  renewEveryMs: 2_000,
  marginMs: 12_000,
  lengthMs: 15_000,
  lookEveryMs: 1_000,
};

export interface LeaseOptions {
  /** Random, of this process alone. */
  id: string;
  host: string;
  pid: number;
  folder: LeaseFolder;
  presence: Presence;
  stopwatch: Stopwatch;
  /** Milliseconds since 1970, for people. */
  now(): number;
  times: LeaseTimes;
  /**
   * Called at each look that finds another copy at work; undefined while that copy has written no record yet.
   */
  onHeldByOther(holder: LeaseRecord | undefined): void;
  /** Called once, when this copy has lost the lease. */
  onLost(error: LeaseLost): void;
}

/** The result of waiting for the lease. */
export type Taken =
  | { outcome: 'held' }
  | { outcome: 'stopped' }
  /** The folder cannot be used, so no other copy can be found in it either. */
  | { outcome: 'unavailable'; reason: string };

/**
 * Decides which copy of a bot acts, by files in the folder that all copies share: a local disk, a volume of
 * several containers, or NFS.
 *
 * **What holds:** at most one copy acts. A copy acts only while `holds()` is true. This is the case up to
 * `marginMs` after its last successful renewal began, by its own time. The next term begins with a new file,
 * which only one copy can create. It is created at the earliest `lengthMs` after that renewal was seen, by
 * the creator's time. `lengthMs - marginMs` therefore lie between the last act of one copy and the first act
 * of the next, despite all pauses, crashes and slow disks. The clocks of two machines are never compared; the
 * only requirement is that both measure a second alike, within a tenth.
 *
 * A copy that released the lease in good order, or whose process is known to have ended (see `Presence`), is
 * succeeded at once, since it cannot act again.
 *
 * **What remains:** there are two gaps. A process may be frozen between `confirm()` and the system call that
 * sends its bytes, for longer than `lengthMs - marginMs`. A machine may be frozen as a whole without any of
 * its clocks noticing. A transaction that such a copy sends meets the last fence: the chain accepts one
 * transaction for each nonce, and both copies count from the same nonce.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #ended = new AbortController();
  #state: 'waiting' | 'held' | 'lost' | 'released' = 'waiting';
  #record: LeaseRecord;
  #term = 0;
  /** The moment before the last successful renewal began. */
  #renewedAt: Moment | undefined;
  /** Why the last renewal failed. */
  #problem: string | undefined;
  #isRenewing = false;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
    const { id, host, pid } = options;
    this.#record = { id, host, pid, since: '', beat: 0, released: false };
  }

  /** Random, of this copy alone. */
  get id(): string {
    return this.#options.id;
  }

  /** The term that this copy holds or held last; each term is higher than all earlier ones. */
  get term(): number {
    return this.#term;
  }

  /**
   * Resolves once no call into the folder is under way: each call that hangs keeps one of the process's few
   * threads.
   */
  get answered(): Promise<unknown> {
    return this.#working;
  }

  /** Returns whether this copy may act now, without any request. */
  holds(): boolean {
    return this.#state === 'held' && this.#leftMs() > 0;
  }

  /** Waits until this copy gets the lease. */
  async take(stop: AbortSignal): Promise<Taken> {
    const { stopwatch, times } = this.#options;
    let seen: Sighting | undefined;
    let isHeldByOther = false;
    while (!stop.aborted && this.#state === 'waiting') {
      try {
        const { sighting, isFree, from } = await this.#look(seen);
        seen = sighting;
        isHeldByOther = !isFree;
        if (isFree && (await this.#claim(sighting, from))) return { outcome: 'held' };
        if (isHeldByOther) this.#options.onHeldByOther(recordOf(sighting.text));
      } catch (error) {
        // Once another copy has been seen at work, a failed look is no sign that it has ended.
        if (!isHeldByOther) return { outcome: 'unavailable', reason: reasonOf(error) };
      }
      await stopwatch.sleep(times.lookEveryMs, stop);
    }
    return { outcome: 'stopped' };
  }

  /**
   * Checks, right before an irreversible action, that this copy still has the lease: by its own time and by a
   * fresh look for a later term.
   * @throws LeaseLost when it does not; BotError when that cannot be determined
   */
  async confirm(): Promise<void> {
    this.#assertHeld();
    try {
      const newest = await this.#inTime(this.#options.folder.newestTerm());
      if (newest > this.#term) this.#lose(`another copy has taken over (term ${newest})`);
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      throw new BotError(`the lease cannot be confirmed: ${reasonOf(error)}`, { cause: error });
    }
    this.#assertHeld();
  }

  /** Releases the lease, so that the next copy need not wait. No action may follow. Never throws. */
  async release(): Promise<void> {
    const held = this.holds();
    if (this.#state !== 'lost') this.#state = 'released';
    this.#ended.abort();
    const { folder, presence } = this.#options;
    if (held)
      await this.#inTime(folder.overwrite(this.#term, this.#text({ released: true }))).catch(() => {});
    presence.close();
  }

  async #look(before: Sighting | undefined) {
    const { folder, presence, stopwatch, times } = this.#options;
    const from = stopwatch.now();
    const found = await folder.look();
    const { lengthMs } = times;
    const { sighting, isOver } = judgeSighting(before, found, { from, to: stopwatch.now(), lengthMs });
    const mark = recordOf(sighting.text)?.mark;
    const isFree = isOver || (mark !== undefined && (await presence.isGone(mark)));
    return { sighting, isFree, from };
  }

  /**
   * Creates the next term.
   * @param from the moment before the look began that found the last term over
   * @returns whether this copy holds the lease now
   */
  async #claim({ term: last, text }: Sighting, from: Moment): Promise<boolean> {
    const { folder, presence, stopwatch, times, now } = this.#options;
    const mark = await presence.announce();
    this.#record = { ...this.#record, since: new Date(now()).toISOString(), ...(mark ? { mark } : {}) };
    const term = last + 1;
    if (!(await folder.create(term, this.#text({})))) return false;
    // With an outdated view of the folder, a copy may create a term that began and ended long ago. The term
    // is then not the newest, or too much time has passed to rule that out.
    if ((await folder.newestTerm()) !== term || atMostMs(from, stopwatch.now()) >= times.marginMs)
      return false;
    this.#term = term;
    this.#renewedAt = from;
    this.#state = 'held';
    const before = recordOf(text)?.mark;
    if (before) void presence.clear(before);
    void folder.prune(term);
    void this.#keep();
    return true;
  }

  async #keep(): Promise<void> {
    const { folder, stopwatch, times } = this.#options;
    while (this.#state === 'held') {
      await stopwatch.sleep(Math.min(times.renewEveryMs, this.#leftMs()), this.#ended.signal);
      if (this.#state !== 'held') return;
      const from = stopwatch.now();
      try {
        if (!this.holds()) return this.#expire();
        this.#isRenewing = true;
        const newest = await this.#inTime(folder.newestTerm());
        if (newest > this.#term) return this.#lose(`another copy has taken over (term ${newest})`);
        this.#record.beat += 1;
        await this.#inTime(folder.overwrite(this.#term, this.#text({})));
        if (this.holds()) this.#renewedAt = from;
        this.#problem = undefined;
      } catch (error) {
        this.#problem = reasonOf(error);
      } finally {
        this.#isRenewing = false;
      }
    }
  }

  #text(change: Partial<LeaseRecord>): string {
    return textOf({ ...this.#record, ...change });
  }

  #leftMs(): number {
    const { stopwatch, times } = this.#options;
    return this.#renewedAt ? Math.max(times.marginMs - atMostMs(this.#renewedAt, stopwatch.now()), 0) : 0;
  }

  /** Waits for `work` no longer than the lease lasts, since a file server may hang. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    this.#working = Promise.allSettled([this.#working, work]);
    const over = new AbortController();
    const late = this.#options.stopwatch.sleep(this.#leftMs(), over.signal).then(() => {
      throw new BotError('the folder of the lease does not answer');
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      work.catch(() => undefined);
      late.catch(() => undefined);
      over.abort();
    }
  }

  #assertHeld(): void {
    if (this.holds()) return;
    if (this.#state === 'held') this.#expire();
    throw new LeaseLost('this copy of the bot does not have the lease: it may not act');
  }

  #expire(): void {
    const isFolderFailing = this.#problem !== undefined || this.#isRenewing;
    const why =
      this.#problem ?? (this.#isRenewing ? 'the folder of the lease does not answer' : 'it was paused');
    this.#lose(`it was not renewed in time: ${why}`, isFolderFailing);
  }

  #lose(why: string, isFolderFailing = false): void {
    if (this.#state !== 'held') return;
    this.#state = 'lost';
    this.#ended.abort();
    const message = `the lease of term ${this.#term} is lost: ${why}`;
    this.#options.onLost(new LeaseLost(message, { isFolderFailing }));
  }
}
