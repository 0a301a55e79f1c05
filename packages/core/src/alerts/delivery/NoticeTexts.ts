import type { Notice } from '../model/alert.ts';

/**
 * Longer data of a notice are kept on disk alone once they are written: many alerts must not fill the memory.
 */
const mostDataInMemory = 512;
/**
 * The limit for long data in memory, before they are written or while the disk cannot be written. Beyond it
 * the data of the oldest notices are lost.
 */
const mostWholeBytes = 4_194_304;

/** The properties that many alerts share: half of a notice. */
type Shared = Pick<Notice['alert'], 'bot' | 'check' | 'chain' | 'title' | 'runbook' | 'owner' | 'version'>;

interface Text {
  /** The notice without the shared properties. */
  json: string;
  shared: Shared;
  isCut: boolean;
}

/** The texts of notices by id, as JSON: objects would take several times as much, and thousands may wait. */
export class NoticeTexts {
  readonly #texts = new Map<string, Text>();
  readonly #shared = new Map<string, Shared>();
  /** Ids of the notices whose long data are still in memory. */
  readonly #whole = new Set<string>();
  #wholeBytes = 0;

  keep(notice: Notice): void {
    const { id } = notice;
    const { json } = this.#set(notice, false);
    if (JSON.stringify(notice.alert.data).length <= mostDataInMemory) return;
    this.#whole.add(id);
    this.#wholeBytes += json.length;
    for (const oldest of this.#whole) {
      if (this.#wholeBytes <= mostWholeBytes) break;
      this.cut(oldest);
    }
  }

  /** Removes the long data of a notice from memory, since they are on disk. */
  cut(id: string): void {
    if (!this.#whole.has(id)) return;
    const notice = this.read(id);
    this.#forget(id);
    const data = { cut: 'missing, because the file of alerts could not be read' };
    this.#set({ ...notice, alert: { ...notice.alert, data } }, true);
  }

  /** Returns whether the data of this notice are on disk alone. */
  isCut(id: string): boolean {
    return this.#texts.get(id)?.isCut ?? false;
  }

  /** Returns a notice. @param id of a notice that is kept */
  read(id: string): Notice {
    const { json, shared } = this.#texts.get(id) as Text;
    const notice: Notice = JSON.parse(json);
    return { ...notice, alert: { ...shared, ...notice.alert } };
  }

  delete(id: string): void {
    this.#forget(id);
    this.#texts.delete(id);
    if (this.#texts.size === 0) this.#shared.clear();
  }

  #set(notice: Notice, isCut: boolean): Text {
    const { bot, check, chain, title, runbook, owner, version, ...own } = notice.alert;
    const all = { bot, check, chain, title, runbook, owner, version };
    const name = JSON.stringify(all);
    const shared = this.#shared.get(name) ?? all;
    this.#shared.set(name, shared);
    const text = { json: JSON.stringify({ ...notice, alert: own }), shared, isCut };
    this.#texts.set(notice.id, text);
    return text;
  }

  #forget(id: string): void {
    if (this.#whole.delete(id)) this.#wholeBytes -= this.#texts.get(id)?.json.length ?? 0;
  }
}
