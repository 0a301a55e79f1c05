import { createHash } from 'node:crypto';
import { DeliveryFailed } from '../delivery/Channel.ts';
import { type Alert, type Notice, severities } from '../model/alert.ts';
import type { RollbarApi } from './RollbarApi.ts';

/** A look-up before a delivery must leave time for the delivery. */
const lookUpMs = 2_000;
/**
 * Rollbar processes an occurrence some seconds after it has accepted it; until then it knows no item for it.
 */
const processingMs = 60_000;
const mostRemembered = 2_000;

interface FirstPost {
  noticeId: string;
  /** In ms of the monotonic clock. */
  atMs: number;
}

/**
 * Finds the items of an incident. The first occurrence of an item has a UUID made from the fingerprint, so
 * that a later process can look the item up. Any further occurrence has a UUID made from its notice.
 */
export class RollbarItems {
  readonly #api: RollbarApi | undefined;
  readonly #monotonicMs: () => number;
  /** The first occurrences that this process posted, by fingerprint. */
  readonly #posted = new Map<string, FirstPost>();
  /** Items of incidents that are over and not yet resolved as a whole: a later try goes on where the last one ended. */
  readonly #resolved = new Set<string>();

  constructor(api: RollbarApi | undefined, monotonicMs = () => performance.now()) {
    this.#api = api;
    this.#monotonicMs = monotonicMs;
  }

  /** Returns the same UUID for a notice that is delivered twice: Rollbar discards the second occurrence. */
  async uuidFor(notice: Notice, fingerprint: string, signal: AbortSignal): Promise<string> {
    const first = uuidOf(fingerprint);
    const { occasion, id } = notice;
    if (occasion === 'resolved') return uuidOf(`${fingerprint} ${occasion}`);
    // Every other occasion has an item of its own. A reminder or a change may be the first occurrence of an
    // item that Rollbar gets.
    if (occasion !== 'lasting' && occasion !== 'changed') return first;
    const posted = this.#posted.get(fingerprint);
    if (posted) return posted.noticeId === id ? first : uuidOf(id);
    if (!this.#api) return uuidOf(id);
    return (await this.#isKnown(first, signal)) ? uuidOf(id) : first;
  }

  posted({ id }: Notice, fingerprint: string): void {
    if (this.#posted.has(fingerprint)) return;
    this.#posted.set(fingerprint, { noticeId: id, atMs: this.#monotonicMs() });
    for (const oldest of this.#posted.keys()) {
      if (this.#posted.size <= mostRemembered) break;
      this.#posted.delete(oldest);
    }
  }

  /**
   * Marks every item of the incident as resolved. There may be several: one for each severity that was
   * reported, and one for each episode after an acknowledgement.
   * @throws DeliveryFailed also while Rollbar still processes one of them
   */
  async resolve({ alert, episode = 0 }: Notice, signal: AbortSignal): Promise<void> {
    for (let each = episode; each >= 0; each -= 1) {
      const fingerprints = severities.map(severity => fingerprintOf(alert, severity, each));
      const left = fingerprints.filter(fingerprint => !this.#resolved.has(fingerprint));
      await Promise.all(left.map(fingerprint => this.#resolveOne(fingerprint, signal)));
    }
    for (let each = episode; each >= 0; each -= 1)
      for (const severity of severities) this.#resolved.delete(fingerprintOf(alert, severity, each));
  }

  async #resolveOne(fingerprint: string, signal: AbortSignal): Promise<void> {
    const api = this.#api as RollbarApi;
    try {
      const id = await itemId(api, uuidOf(fingerprint), signal);
      if (id !== undefined) await resolveItem(api, id, signal);
      else if (this.#isRecent(fingerprint)) throw new DeliveryFailed('Rollbar still processes the item');
      this.#posted.delete(fingerprint);
      if (this.#resolved.size < mostRemembered) this.#resolved.add(fingerprint);
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      throw new DeliveryFailed(`the item could not be marked as resolved: ${error.message}`, error);
    }
  }

  #isRecent(fingerprint: string): boolean {
    const posted = this.#posted.get(fingerprint);
    return posted !== undefined && this.#monotonicMs() - posted.atMs < processingMs;
  }

  /**
   * Returns whether Rollbar has the occurrence, and false where Rollbar does not answer: a reminder that is
   * discarded harms less than an item that stays active.
   */
  async #isKnown(uuid: string, signal: AbortSignal): Promise<boolean> {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(lookUpMs)]);
    try {
      return (await itemId(this.#api as RollbarApi, uuid, soon)) !== undefined;
    } catch (error) {
      if (error instanceof DeliveryFailed) return false;
      throw error;
    }
  }
}

/** Looks up the item of an occurrence. @returns undefined where Rollbar has no occurrence with this UUID */
async function itemId(api: RollbarApi, uuid: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    const item = (await api.call({ path: `/item/?uuid=${uuid}`, signal })) as { id?: unknown } | undefined;
    const id = Number(item?.id ?? Number.NaN);
    if (Number.isSafeInteger(id)) return id;
    throw new DeliveryFailed('the answer names no item');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** A person may have deleted the item, or merged it into another. */
async function resolveItem(api: RollbarApi, id: number, signal: AbortSignal): Promise<void> {
  try {
    await api.call({ method: 'PATCH', path: `/item/${id}`, body: { status: 'resolved' }, signal });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether Rollbar itself says that it has no such item. A proxy's 404 is no sign of that. */
function isGone(error: unknown): boolean {
  return error instanceof DeliveryFailed && error.answer !== undefined && error.status === 404;
}

/** Rollbar replaces a longer fingerprint by a hash of its own: https://docs.rollbar.com/reference/create-item */
const fingerprintLength = 40;

/**
 * Returns the fingerprint of the item that an alert has at one severity. An item keeps the level of its first
 * occurrence and notifies people once, so the fingerprint includes the severity, the incident's start and the
 * episode. It is a hash: redaction could remove a short secret that happens to occur in a plain text, and two
 * incidents would then be one item.
 * @param episode counts how often the alert had to page people anew
 */
export function fingerprintOf({ dedupKey, since }: Alert, severity: string, episode = 0): string {
  return hashOf(JSON.stringify([dedupKey, severity, since, episode])).slice(0, fingerprintLength);
}

/** Returns a version 8 UUID made from a name. Rollbar discards the second occurrence with the same UUID. */
function uuidOf(name: string): string {
  const hex = hashOf(name);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
