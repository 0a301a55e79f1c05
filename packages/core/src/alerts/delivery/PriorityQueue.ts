import { rank, type Severity, severities, worse } from '../model/alert.ts';
import type { QueuedNotice } from './readLedger.ts';

/**
 * The most severe lane first. The last lane holds notices that are delivered one by one because they failed
 * among others.
 */
type Lane = Severity | 'alone';
const lanesInOrder: readonly Lane[] = ['critical', 'error', 'warning', 'info', 'alone'];
/** Every fourth time the lane of failed notices comes first; otherwise a busy lane would starve it. */
const aloneEvery = 4;
/** An outage of a chain causes the same alert for a hundred pools. */
const alikeInDigest = 10;

/**
 * Most keys have one waiting notice: a list for each key, in every channel, would take a fifth of all memory.
 */
type Queue = QueuedNotice | readonly QueuedNotice[];

/**
 * The notices that wait for one channel, in their order of delivery: the most severe first. Notices about the
 * same key stay in their own order, since all notices of a key are in one lane.
 */
export class PriorityQueue {
  readonly #queue = new Map<Lane, Map<string, Queue>>(lanesInOrder.map(lane => [lane, new Map()]));
  #size = 0;
  #critical = 0;
  #picks = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of critical notices among them. */
  get critical(): number {
    return this.#critical;
  }

  add(waiting: QueuedNotice): void {
    const { key, severity } = waiting;
    this.#size += 1;
    if (severity === 'critical') this.#critical += 1;
    const lane = this.#laneOf(key);
    if (lane === undefined) {
      this.#lane(severity).set(key, waiting);
      return;
    }
    this.#lane(lane).set(key, [...listOf(this.#lane(lane).get(key)), waiting]);
    if (lane !== 'alone' && rank(severity) > rank(lane)) this.#move(key, severity);
  }

  /**
   * Returns the notices to deliver next, without removing them: one notice that is to go alone, or the
   * notices of `most` checks, with further alerts of each of these checks.
   */
  next(most: number): QueuedNotice[] {
    this.#picks += 1;
    const isTurnOfAlone = this.#picks % aloneEvery === 0;
    const [alone] = listOf(this.#lane('alone').values().next().value);
    if (alone && isTurnOfAlone) return [alone];
    const batch: QueuedNotice[] = [];
    const kinds = new Set<string>();
    const mostAtOnce = most === 1 ? 1 : most * alikeInDigest;
    for (const lane of severities.toReversed())
      for (const queue of this.#lane(lane).values())
        for (const one of listOf(queue)) {
          const kind = kindOf(one);
          if (kinds.size >= most && !kinds.has(kind)) break;
          kinds.add(kind);
          batch.push(one);
          if (batch.length >= mostAtOnce) return batch;
        }
    return batch.length === 0 && alone ? [alone] : batch;
  }

  remove(waiting: QueuedNotice): void {
    const { key, severity } = waiting;
    const lane = this.#laneOf(key);
    const queue = listOf(lane && this.#lane(lane).get(key));
    if (!lane || !queue.includes(waiting)) return;
    const rest = queue.filter(each => each !== waiting);
    this.#size -= 1;
    if (severity === 'critical') this.#critical -= 1;
    if (rest.length === 0) this.#lane(lane).delete(key);
    else this.#lane(lane).set(key, rest);
  }

  /** Returns all waiting notices about a key, oldest first. */
  about(key: string): readonly QueuedNotice[] {
    const lane = this.#laneOf(key);
    return listOf(lane && this.#lane(lane).get(key));
  }

  /** Moves the notices of a key behind all others, to be delivered one by one from now on. */
  setAside({ key }: QueuedNotice): void {
    if (this.#laneOf(key)) this.#move(key, 'alone');
  }

  /** Moves the notices of a key back among the others. */
  bringBack({ key }: QueuedNotice): void {
    const queue = this.#lane('alone').get(key);
    if (queue === undefined) return;
    this.#move(
      key,
      listOf(queue)
        .map(({ severity }) => severity)
        .reduce(worse),
    );
  }

  /** Returns the oldest notice of the lowest severity, critical ones excepted. */
  leastSevere(isBusy: (waiting: QueuedNotice) => boolean): QueuedNotice | undefined {
    for (const lane of ['info', 'warning', 'error', 'alone'] as const)
      for (const queue of this.#lane(lane).values()) {
        const found = listOf(queue).find(each => each.severity !== 'critical' && !isBusy(each));
        if (found) return found;
      }
    return undefined;
  }

  #laneOf(key: string): Lane | undefined {
    return lanesInOrder.find(lane => this.#lane(lane).has(key));
  }

  #lane(lane: Lane): Map<string, Queue> {
    return this.#queue.get(lane) as Map<string, Queue>;
  }

  #move(key: string, to: Lane): void {
    const from = this.#lane(this.#laneOf(key) as Lane);
    const queue = from.get(key) as Queue;
    from.delete(key);
    this.#lane(to).set(key, queue);
  }
}

/** Returns the kind of a notice, a check of a bot at a severity, which has one line in a large digest. */
function kindOf({ key, severity }: QueuedNotice): string {
  return `${severity} ${key.split(':', 2).join(':')}`;
}

function listOf(queue: Queue | undefined): readonly QueuedNotice[] {
  if (queue === undefined) return [];
  return 'id' in queue ? [queue] : queue;
}
