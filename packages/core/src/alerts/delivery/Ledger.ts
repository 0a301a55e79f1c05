import type { Notice } from '../model/alert.ts';
import type { Condition } from '../model/condition.ts';
import type { Line } from '../model/schemas.ts';
import { type Added, type DiskPatience, LedgerFile, type LedgerTrouble } from './LedgerFile.ts';
import type { Place } from './LineFile.ts';
import { NoticeTexts } from './NoticeTexts.ts';
import { type LedgerContents, type QueuedNotice, readLedger } from './readLedger.ts';

interface RecordedChange {
  key: string;
  /** Undefined when there is no state to keep. */
  condition: Condition | undefined;
  notice?: Notice;
  /** Names of the channels that the notice is for. */
  to?: readonly string[];
}

/**
 * The state of alerting that has to survive a restart: the known conditions, and the notices that are not
 * delivered yet. Each change is a line of a file. All of it is in memory too, so that neither a disk that
 * cannot be written nor a program that empties the file loses any. The exception is the longest data of a
 * notice, which is on disk alone.
 */
export class Ledger {
  readonly #file: LedgerFile | undefined;
  readonly #conditions: Map<string, Condition>;
  readonly #waiting: Map<string, QueuedNotice>;
  readonly #deliveredAt: Map<string, number>;
  readonly #texts = new NoticeTexts();
  readonly #unsaved = new Set<string>();
  #hasNotes = false;

  /** @param path of the file; without it, the state is kept only in memory */
  constructor(path: string | undefined, trouble: LedgerTrouble, patience?: DiskPatience) {
    const found = path === undefined ? undefined : load(path);
    const known = found && 'conditions' in found ? found : undefined;
    this.#conditions = known?.conditions ?? new Map();
    this.#waiting = known?.waiting ?? new Map();
    this.#deliveredAt = known?.deliveredAt ?? new Map();
    for (const notice of known?.notices.values() ?? []) this.#texts.keep(notice);
    if (path === undefined || found === undefined) return;
    this.#file = new LedgerFile({
      path,
      found: 'conditions' in found ? { bytes: found.bytes, isDamaged: found.badLines > 0 } : found,
      trouble,
      contents: read => this.#contents(read),
      patience,
    });
  }

  get conditions(): ReadonlyMap<string, Condition> {
    return this.#conditions;
  }

  /** The keys of the incidents that are in memory alone: the next process will not know of them. */
  get unsaved(): ReadonlySet<string> {
    return this.#unsaved;
  }

  /** The notices that some channel has not delivered, oldest first. */
  get waiting(): Iterable<QueuedNotice> {
    return this.#waiting.values();
  }

  /** When each channel last delivered a notice, in ms since 1970. */
  get deliveredAt(): ReadonlyMap<string, number> {
    return this.#deliveredAt;
  }

  /** Keeps a change that is not worth a line of its own. */
  note(key: string, condition: Condition): void {
    this.#conditions.set(key, condition);
    this.#hasNotes = true;
  }

  /** Saves the changes that were only noted, too. Resolves as `saved` does. */
  async save(): Promise<void> {
    if (this.#hasNotes) this.#file?.renew();
    else this.#file?.check();
    await this.saved();
  }

  /**
   * Resolves once every recorded line is on disk, and after a second at most, since notices must be delivered
   * in any case.
   */
  async saved(): Promise<void> {
    await this.#file?.saved();
  }

  /**
   * Rewrites the file if another program has changed it since the last line. Hours may pass without a change
   * and so without a line; a process that was killed meanwhile would leave a file without its alerts.
   */
  check(): void {
    this.#file?.check();
  }

  /** Runs other work in the folder of the file, in turn with the writes. @throws when the folder hangs */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#file ? this.#file.inTurn(work) : work();
  }

  /**
   * Saves the condition of a key, together with the notice about it.
   * @returns the entry to hand to the channels, when there is a notice
   */
  record({ key, condition, notice, to = [] }: RecordedChange): QueuedNotice | undefined {
    if (!condition?.incident) this.#unsaved.delete(key);
    else if (!this.#conditions.get(key)?.incident) this.#unsaved.add(key);
    if (condition) this.#conditions.set(key, condition);
    else this.#conditions.delete(key);
    const line: Line = { key, condition: condition ?? null };
    if (notice && to.length > 0) return this.#wait(notice, to, { ...line, notice, to: [...to] });
    this.#file?.add({ line, placed: () => this.#unsaved.delete(key) });
    return undefined;
  }

  /** Saves a notice that is about no condition. */
  enqueue(notice: Notice, to: readonly string[]): QueuedNotice | undefined {
    return to.length === 0 ? undefined : this.#wait(notice, to, { notice, to: [...to] });
  }

  /** Returns the notice, without its longest data when the disk cannot return them. */
  async read(one: QueuedNotice): Promise<Notice> {
    return this.#whole(one, async place => this.#file?.read(place));
  }

  /** Returns the notice as it is in memory. */
  said({ id }: QueuedNotice): Notice {
    return this.#texts.read(id);
  }

  /**
   * Records that a channel no longer needs a notice, whether it was delivered or given up.
   * @param deliveredAt when it was delivered; absent when it was not
   */
  done(one: QueuedNotice, channel: string, deliveredAt?: number): void {
    one.to = one.to.filter(name => name !== channel);
    if (deliveredAt !== undefined) this.#deliveredAt.set(channel, deliveredAt);
    if (one.to.length === 0) {
      this.#waiting.delete(one.id);
      this.#texts.delete(one.id);
    }
    this.#file?.add({ line: { done: one.id, by: channel, deliveredAt } });
  }

  /** Closes the file; no change is saved any more. */
  close(): void {
    this.#file?.close();
  }

  #wait(notice: Notice, to: readonly string[], line: Line): QueuedNotice {
    const { id, occasion, alert } = notice;
    const { dedupKey: key, severity } = alert;
    const one: QueuedNotice = { id, key, severity, occasion, to, place: { offset: 0, bytes: 0 } };
    this.#waiting.set(id, one);
    this.#texts.keep(notice);
    this.#file?.add({ line, placed: place => this.#placed(one, place) });
    return one;
  }

  #placed(one: QueuedNotice, place: Place): void {
    this.#unsaved.delete(one.key);
    one.place = place;
    this.#texts.cut(one.id);
  }

  /**
   * Returns the lines of the whole file. All of them are collected at one moment, so that the file never holds
   * the condition of a key without its waiting notices.
   */
  #contents(read: (place: Place) => Promise<unknown>): AsyncGenerator<Added> {
    const lines: Added[] = [
      ...[...this.#deliveredAt].map(([channel, deliveredAt]) => ({ line: { channel, deliveredAt } })),
      ...[...this.#conditions].map(([key, condition]) => ({
        line: { key, condition },
        placed: () => this.#unsaved.delete(key),
      })),
    ];
    this.#hasNotes = false;
    return this.#added(lines, [...this.#waiting.values()], read);
  }

  async *#added(
    lines: readonly Added[],
    waiting: readonly QueuedNotice[],
    read: (place: Place) => Promise<unknown>,
  ): AsyncGenerator<Added> {
    yield* lines;
    for (const one of waiting) {
      // The notice was delivered meanwhile.
      if (one.to.length === 0) continue;
      const notice = await this.#whole(one, read);
      yield { line: { notice, to: [...one.to] }, placed: place => this.#placed(one, place) };
    }
  }

  async #whole(one: QueuedNotice, read: (place: Place) => Promise<unknown>): Promise<Notice> {
    const said = this.said(one);
    if (!this.#texts.isCut(one.id)) return said;
    try {
      const line = (await read(one.place)) as { notice?: Notice };
      return line.notice?.id === one.id ? line.notice : said;
    } catch {
      return said;
    }
  }
}

function load(path: string): LedgerContents | { error: unknown } {
  try {
    return readLedger(path);
  } catch (error) {
    return { error };
  }
}
