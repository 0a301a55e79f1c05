import { copyFileSync } from 'node:fs';
import type { Notice } from './alert.ts';
import type { Condition } from './condition.ts';
import { LineFile, type Place } from './LineFile.ts';
import { type LedgerContents, readLedger, type Waiting } from './readLedger.ts';
import type { Line } from './schemas.ts';

export interface LedgerTrouble {
  /** Some of the file made no sense; the whole of it was copied there, and what made sense is used. */
  unreadable(keptAt: string): void;
  /** Nothing is saved until further notice. Told once each time. */
  unwritable(reason: string): void;
  /** Whether the file is this process's to write; always, unless given. */
  mayWrite?(): boolean;
}

/** Below this a file is left to grow. */
const smallBytes = 1_048_576;
/** How long a disk that took nothing is left alone. */
const retryMs = 5_000;
/** Of a notice that the disk does not take, its data stay in memory up to here. */
const mostDataInMemory = 2_048;

/**
 * What has to survive a restart: the conditions that are known, and the notices not delivered yet. Each change is a line
 * of a file. With no file, or none that can be written, it is in memory.
 */
export class Ledger {
  readonly #file: LineFile | undefined;
  readonly #trouble: LedgerTrouble;
  readonly #conditions: Map<string, Condition>;
  readonly #waiting: Map<string, Waiting>;
  readonly #deliveredAt: Map<string, number>;
  /** Notices that are not on disk. */
  readonly #held = new Map<string, Notice>();
  #isLoaded = true;
  #hasNotes = false;
  #rewriteAt = smallBytes;
  /** Since the disk took nothing: when to try again, by the monotonic clock. */
  #retryAt: number | undefined;
  #isRewriting = false;
  #isClosed = false;

  /** @param path absent: in memory alone */
  constructor(path: string | undefined, trouble: LedgerTrouble) {
    this.#trouble = trouble;
    const found = path === undefined ? undefined : this.#load(path);
    this.#conditions = found?.conditions ?? new Map();
    this.#waiting = found?.waiting ?? new Map();
    this.#deliveredAt = found?.deliveredAt ?? new Map();
    this.#file = path === undefined ? undefined : new LineFile(path, found?.bytes ?? 0);
    if (found?.badLines) this.#setAside();
    // A file of its own: what a process before this one still has open is not the ledger any more.
    else if (found?.bytes) this.#renew();
  }

  get conditions(): ReadonlyMap<string, Condition> {
    return this.#conditions;
  }

  /** Notices that some channel has not taken, oldest first. */
  get waiting(): Iterable<Waiting> {
    return this.#waiting.values();
  }

  /** When each channel last took something, milliseconds since 1970. */
  get deliveredAt(): ReadonlyMap<string, number> {
    return this.#deliveredAt;
  }

  /** Something has changed that is worth no line of its own. */
  note(key: string, condition: Condition): void {
    this.#conditions.set(key, condition);
    this.#hasNotes = true;
  }

  /** Saves what was only noted. */
  save(): void {
    if (this.#hasNotes) this.#renew();
  }

  /**
   * Saves what is known of a key from now on, together with what people have to be told of it.
   * @param to names of the channels
   * @returns what to hand to the channels, when there is a notice
   */
  record(
    key: string,
    condition: Condition | undefined,
    notice?: Notice,
    to: readonly string[] = [],
  ): Waiting | undefined {
    if (condition) this.#conditions.set(key, condition);
    else this.#conditions.delete(key);
    const isWaiting = notice !== undefined && to.length > 0;
    const line: Line = { key, condition: condition ?? null };
    const place = this.#append(isWaiting ? { ...line, notice, to: [...to] } : line);
    return isWaiting ? this.#wait(notice, to, place) : undefined;
  }

  /** Saves a notice that is about no condition. */
  enqueue(notice: Notice, to: readonly string[]): Waiting | undefined {
    return to.length === 0 ? undefined : this.#wait(notice, to, this.#append({ notice, to: [...to] }));
  }

  /** @throws when the disk does not give it back */
  read({ id, place }: Waiting): Notice {
    // What is not in memory is on disk.
    return this.#held.get(id) ?? ((this.#file as LineFile).read(place) as { notice: Notice }).notice;
  }

  /**
   * A channel needs it no longer, whatever became of it.
   * @param deliveredAt when it was taken; absent: it was not
   */
  done(one: Waiting, channel: string, deliveredAt?: number): void {
    one.to = one.to.filter(name => name !== channel);
    if (deliveredAt !== undefined) this.#deliveredAt.set(channel, deliveredAt);
    this.#append({ done: one.id, by: channel, deliveredAt });
    if (one.to.length > 0) return;
    this.#waiting.delete(one.id);
    this.#held.delete(one.id);
  }

  /** Lets go of the file; nothing is saved any more. */
  close(): void {
    this.#isClosed = true;
    this.#file?.close();
  }

  #wait(notice: Notice, to: readonly string[], place: Place | undefined): Waiting {
    const { id, alert } = notice;
    const { dedupKey: key, severity } = alert;
    const one: Waiting = { id, key, severity, to, place: place ?? { offset: 0, bytes: 0 } };
    this.#waiting.set(id, one);
    if (!place) this.#held.set(id, slim(notice));
    return one;
  }

  /** The file, while this process may write it. */
  get #ours(): LineFile | undefined {
    const isOurs = !this.#isClosed && (this.#trouble.mayWrite?.() ?? true);
    return isOurs ? this.#file : undefined;
  }

  #renew(): void {
    if (!this.#ours) return;
    try {
      this.#rewrite(this.#ours);
    } catch (error) {
      this.#tellUnwritable(error);
    }
  }

  #load(path: string): LedgerContents | undefined {
    try {
      return readLedger(path);
    } catch (error) {
      this.#isLoaded = false;
      this.#tellUnwritable(error);
      return undefined;
    }
  }

  #setAside(): void {
    const file = this.#ours;
    if (!file) return;
    const aside = `${file.path}.unreadable`;
    try {
      copyFileSync(file.path, aside);
      this.#rewrite(file);
    } catch (error) {
      this.#tellUnwritable(error);
    }
    this.#trouble.unreadable(aside);
  }

  /** @returns undefined when it is not on disk */
  #append(line: Line): Place | undefined {
    const file = this.#ours;
    if (!file || performance.now() < (this.#retryAt ?? 0)) return undefined;
    try {
      // What is in memory alone has to get to the disk too.
      if (this.#retryAt !== undefined) this.#rewrite(file);
      const place = file.append(line);
      if (file.bytes >= this.#rewriteAt) this.#renewSoon();
      return place;
    } catch (error) {
      this.#tellUnwritable(error);
      return undefined;
    }
  }

  /** Never in the way of the caller. */
  #renewSoon(): void {
    if (this.#isRewriting) return;
    this.#isRewriting = true;
    setImmediate(() => {
      this.#isRewriting = false;
      this.#renew();
    });
  }

  /** The file anew, with nothing in it but what still counts. */
  #rewrite(file: LineFile): void {
    const waiting = [...this.#waiting.values()];
    // One that could not be read at the start is not lost for that.
    const places = file.replace(this.#lines(waiting), this.#isLoaded ? undefined : `${file.path}.unreadable`);
    for (const [i, place] of places.slice(places.length - waiting.length).entries())
      (waiting[i] as Waiting).place = place;
    this.#isLoaded = true;
    this.#held.clear();
    this.#rewriteAt = Math.max(smallBytes, 2 * file.bytes);
    this.#retryAt = undefined;
    this.#hasNotes = false;
  }

  *#lines(waiting: readonly Waiting[]): Generator<Line> {
    for (const [channel, deliveredAt] of this.#deliveredAt) yield { channel, deliveredAt };
    for (const [key, condition] of this.#conditions) yield { key, condition };
    for (const one of waiting) yield { notice: this.read(one), to: [...one.to] };
  }

  #tellUnwritable(error: unknown): void {
    const isNew = this.#retryAt === undefined;
    this.#retryAt = performance.now() + retryMs;
    if (isNew) this.#trouble.unwritable((error as NodeJS.ErrnoException).code ?? 'an error');
  }
}

function slim(notice: Notice): Notice {
  if (JSON.stringify(notice.alert.data).length <= mostDataInMemory) return notice;
  return { ...notice, alert: { ...notice.alert, data: { cut: 'the disk did not take it' } } };
}
