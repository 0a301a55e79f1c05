import { BotError, reasonOf } from '../errors/index.ts';
import type { LeaseFolder } from './leaseFolder.ts';
import type { Presence } from './presence.ts';
import { type LeaseRecord, recordOf, textOf } from './record.ts';
import { atMostMs, type Moment, type Stopwatch } from './stopwatch.ts';
import { judge, type Sighting } from './succession.ts';

/** This copy of the bot may not act: another one may have begun to. */
export class LeaseLost extends BotError {
  /** It could not be renewed because the folder failed or did not answer: no other copy was seen. */
  readonly isFolderFailing: boolean;

  constructor(message: string, { isFolderFailing = false } = {}) {
    super(message);
    this.isFolderFailing = isFolderFailing;
  }
}

/** Milliseconds. What has to hold: renew < margin < length. */
export interface LeaseTimes {
  /** A holder renews so often … */
  renewEveryMs: number;
  /** … and stops acting so long after it began its last renewal that worked. */
  marginMs: number;
  /** Whoever waits takes over when it has seen no renewal for so long. */
  lengthMs: number;
  /** How often it looks. */
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
  /** Told at each look that finds another copy at work; undefined: one that has told nothing of itself yet. */
  onHeldByOther(holder: LeaseRecord | undefined): void;
  /** Told once, when this copy had the lease and has it no longer. */
  onLost(error: LeaseLost): void;
}

/** How a wait for the lease ended. */
export type Taken =
  | { outcome: 'held' }
  | { outcome: 'stopped' }
  /** The folder cannot be used, so nobody can be found in it either. */
  | { outcome: 'unavailable'; reason: string };

/**
 * Which copy of a bot acts, decided by files in the folder that all copies share: a local disk, a volume of several
 * containers, or NFS.
 *
 * **What holds:** at most one copy acts. A copy acts only while `holds()`, which is true up to `marginMs` after it began
 * the last renewal that worked, by its own time; a next term begins with a new file, which one copy alone can create,
 * no sooner than `lengthMs` after that renewal was seen, by the time of whoever creates it. Between the last act of one
 * and the first of the next lie `lengthMs - marginMs`, whatever pauses, crashes and slow disks there are. No two machines'
 * clocks are compared; that both measure a second alike, within a tenth, is all that is asked of them.
 *
 * A copy that was given back in good order, or whose process is known to exist no more (see `Presence`), is succeeded at
 * once: it cannot act again.
 *
 * **What remains:** a process that is frozen between `confirm()` and the system call that sends its bytes, for longer
 * than `lengthMs - marginMs`, and a machine that is frozen as a whole without any of its clocks noticing. What such a copy
 * sends meets the last fence: the chain takes one transaction for each nonce, and both copies count from the same one.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #ended = new AbortController();
  #state: 'waiting' | 'held' | 'lost' | 'released' = 'waiting';
  #record: LeaseRecord;
  #term = 0;
  /** Before the last renewal that worked began. */
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

  /** Which term this copy holds or held last; each has a higher one than all before it. */
  get term(): number {
    return this.#term;
  }

  /** Resolves once no call into the folder is under way: each that hangs keeps one of the process's few threads. */
  get answered(): Promise<unknown> {
    return this.#working;
  }

  /** Whether this copy may act now. Asks nobody. */
  holds(): boolean {
    return this.#state === 'held' && this.#leftMs() > 0;
  }

  /** Waits until it is this copy's turn. */
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
        // Once another copy has been seen at work, not to see it now does not mean that it has ended.
        if (!isHeldByOther) return { outcome: 'unavailable', reason: reasonOf(error) };
      }
      await stopwatch.sleep(times.lookEveryMs, stop);
    }
    return { outcome: 'stopped' };
  }

  /**
   * Right before something that cannot be taken back: that this copy still has the lease, by its own time and by a fresh
   * look for a later term.
   * @throws LeaseLost when it has not; BotError when that cannot be found out
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

  /** Gives it back, so that the next copy need not wait. Nothing may be done afterwards. Never throws. */
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
    const { sighting, isOver } = judge(before, await folder.look(), from, stopwatch.now(), times.lengthMs);
    const mark = recordOf(sighting.text)?.mark;
    const isFree = isOver || (mark !== undefined && (await presence.isGone(mark)));
    return { sighting, isFree, from };
  }

  /** @param from before the look began that found the term over */
  async #claim({ term: last, text }: Sighting, from: Moment): Promise<boolean> {
    const { folder, presence, stopwatch, times, now } = this.#options;
    const mark = await presence.announce();
    this.#record = { ...this.#record, since: new Date(now()).toISOString(), ...(mark ? { mark } : {}) };
    const term = last + 1;
    if (!(await folder.create(term, this.#text({})))) return false;
    // From an old view of the folder a term may be created that came and went long ago: it is not the newest then, or
    // so much time has passed that this cannot be told.
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

  /** A file server that hangs must not keep anybody waiting for longer than the lease goes. */
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
