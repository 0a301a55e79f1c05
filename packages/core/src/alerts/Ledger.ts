import {
  closeSync,
  copyFileSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Notice } from './alert.ts';
import type { Condition } from './condition.ts';
import { readLedger, type Waiting } from './readLedger.ts';
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
/** A file that is being synced keeps its writers waiting, so not with every line. */
const syncAfterMs = 200;
/** How long a disk that took nothing is left alone. */
const retryMs = 5_000;
/** Of a notice that the disk does not take, its data stay in memory up to here. */
const mostDataInMemory = 2_048;

/**
 * What has to survive a restart: the conditions that are known, and the notices not delivered yet. A file that lines
 * are added to. Each is handed to the operating system before the call returns, so that a killed process has forgotten
 * nothing, and synced in the background, for the machine. With no file, or none that can be written, it is in memory.
 */
export class Ledger {
  readonly #path: string | undefined;
  readonly #trouble: LedgerTrouble;
  readonly #conditions: Map<string, Condition>;
  readonly #waiting: Map<string, Waiting>;
  readonly #deliveredAt: Map<string, number>;
  /** Notices that are not on disk. */
  readonly #held = new Map<string, Notice>();
  #file: number | undefined;
  #isLoaded = true;
  #hasNotes = false;
  #bytes = 0;
  #rewriteAt = smallBytes;
  /** Since the disk took nothing: when to try again, by the monotonic clock. */
  #retryAt: number | undefined;
  #isSyncing = false;
  #isRewriting = false;

  /** @param path absent: in memory alone */
  constructor(path: string | undefined, trouble: LedgerTrouble) {
    this.#trouble = trouble;
    this.#path = path;
    const found = this.#load();
    this.#conditions = found?.conditions ?? new Map();
    this.#waiting = found?.waiting ?? new Map();
    this.#deliveredAt = found?.deliveredAt ?? new Map();
    if (found?.badLines) this.#setAside();
    // A file of its own: what a process before this one still has open is not the ledger any more.
    else if (this.#bytes > 0) this.#renew();
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
    const held = this.#held.get(id);
    if (held) return held;
    return (JSON.parse(this.#line(place).toString('utf8')) as { notice: Notice }).notice;
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
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #wait(notice: Notice, to: readonly string[], place: Waiting['place'] | undefined): Waiting {
    const { id, alert } = notice;
    const { dedupKey: key, severity } = alert;
    const one: Waiting = { id, key, severity, to, place: place ?? { offset: 0, bytes: 0 } };
    this.#waiting.set(id, one);
    if (!place) this.#held.set(id, slim(notice));
    return one;
  }

  get #isOurs(): boolean {
    return this.#path !== undefined && (this.#trouble.mayWrite?.() ?? true);
  }

  #renew(): void {
    if (!this.#isOurs) return;
    try {
      this.#rewrite();
    } catch (error) {
      this.#tellUnwritable(error);
    }
  }

  #load() {
    if (this.#path === undefined) return undefined;
    try {
      const found = readLedger(this.#path);
      this.#bytes = found.bytes;
      return found;
    } catch (error) {
      this.#isLoaded = false;
      this.#tellUnwritable(error);
      return undefined;
    }
  }

  #setAside(): void {
    if (!this.#isOurs) return;
    const aside = `${this.#path}.unreadable`;
    try {
      copyFileSync(this.#path as string, aside);
      this.#rewrite();
    } catch (error) {
      this.#tellUnwritable(error);
    }
    this.#trouble.unreadable(aside);
  }

  /** @returns undefined when it is not on disk */
  #append(line: Line): Waiting['place'] | undefined {
    if (!this.#isOurs || performance.now() < (this.#retryAt ?? 0)) return undefined;
    try {
      // What is in memory alone has to get to the disk too.
      if (this.#retryAt !== undefined) this.#rewrite();
      this.#file ??= this.#open();
      const place = write(this.#file, `${JSON.stringify(line)}\n`, this.#bytes);
      this.#bytes += place.bytes;
      this.#afterwards();
      return place;
    } catch (error) {
      this.#tellUnwritable(error);
      return undefined;
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path as string), { recursive: true });
    const file = openSync(this.#path as string, 'a+', 0o600);
    ftruncateSync(file, this.#bytes);
    return file;
  }

  #line({ offset, bytes }: Waiting['place']): Buffer {
    this.#file ??= this.#open();
    const line = Buffer.alloc(bytes);
    readSync(this.#file, line, 0, bytes, offset);
    return line;
  }

  /** Never in the way of the caller. */
  #afterwards(): void {
    if (this.#bytes >= this.#rewriteAt && !this.#isRewriting) {
      this.#isRewriting = true;
      setImmediate(() => {
        this.#isRewriting = false;
        if (this.#file !== undefined) this.#renew();
      });
    }
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    setTimeout(() => this.#sync(), syncAfterMs).unref();
  }

  #sync(): void {
    const done = () => {
      this.#isSyncing = false;
    };
    if (this.#file === undefined) done();
    else fdatasync(this.#file, done);
  }

  /** The file anew, with nothing in it but what still counts. */
  #rewrite(): void {
    const path = this.#path as string;
    const draft = `${path}.new`;
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(draft, 'w+', 0o600);
    const moved: [Waiting, Waiting['place']][] = [];
    let size = 0;
    const add = (line: Line) => {
      const place = write(file, `${JSON.stringify(line)}\n`, size);
      size += place.bytes;
      return place;
    };
    try {
      for (const [channel, deliveredAt] of this.#deliveredAt) add({ channel, deliveredAt });
      for (const [key, condition] of this.#conditions) add({ key, condition });
      for (const one of this.#waiting.values())
        moved.push([one, add({ notice: this.read(one), to: [...one.to] })]);
      fsyncSync(file);
    } catch (error) {
      // On a disk that is full it would be in its own way.
      rmSync(draft, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    // One that could not be read at the start is not lost for that.
    if (!this.#isLoaded) renameSync(path, `${path}.unreadable`);
    this.#isLoaded = true;
    renameSync(draft, path);
    this.close();
    for (const [one, place] of moved) one.place = place;
    this.#held.clear();
    this.#bytes = size;
    this.#rewriteAt = Math.max(smallBytes, 2 * size);
    this.#retryAt = undefined;
    this.#hasNotes = false;
  }

  #tellUnwritable(error: unknown): void {
    const isNew = this.#retryAt === undefined;
    this.#retryAt = performance.now() + retryMs;
    if (isNew) this.#trouble.unwritable((error as NodeJS.ErrnoException).code ?? 'an error');
  }
}

/** All of it or nothing: half a line would spoil the next. */
function write(file: number, line: string, offset: number): Waiting['place'] {
  const content = Buffer.from(line);
  try {
    for (let done = 0; done < content.length; ) done += writeSync(file, content, done);
  } catch (error) {
    ftruncateSync(file, offset);
    throw error;
  }
  return { offset, bytes: content.length };
}

function slim(notice: Notice): Notice {
  if (JSON.stringify(notice.alert.data).length <= mostDataInMemory) return notice;
  return { ...notice, alert: { ...notice.alert, data: { cut: 'the disk did not take it' } } };
}
