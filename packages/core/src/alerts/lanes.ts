import type { Waiting } from './readLedger.ts';
import { rank, type Severity, severities, worse } from './severity.ts';

/** The most severe first; last, what is delivered one by one because it has failed among others. */
type Lane = Severity | 'alone';
const lanesInOrder: readonly Lane[] = ['critical', 'error', 'warning', 'info', 'alone'];
/** So often the lane of those that have failed comes first, or it would never be served beside a busy one. */
const aloneEvery = 4;
/** An outage of a chain is a hundred pools with the same to say. */
const alikeInDigest = 10;

/** Of most keys one thing waits: a list of its own for each, in every channel, is a fifth of all memory. */
type Queue = Waiting | readonly Waiting[];

/**
 * What waits for one channel, in the order in which it is to be delivered: the most severe first, and what is about the
 * same key always in its own order, since all of a key stands in one lane.
 */
export class Lanes {
  readonly #lanes = new Map<Lane, Map<string, Queue>>(lanesInOrder.map(lane => [lane, new Map()]));
  #size = 0;
  #critical = 0;
  #picks = 0;

  get size(): number {
    return this.#size;
  }

  /** How many of them are critical. */
  get critical(): number {
    return this.#critical;
  }

  add(waiting: Waiting): void {
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
   * What is to be delivered next, without taking it out, unless one is to be alone: of `most` checks at once, and of
   * each that many alerts more.
   */
  next(most: number): Waiting[] {
    this.#picks += 1;
    const isTurnOfAlone = this.#picks % aloneEvery === 0;
    const [alone] = listOf(this.#lane('alone').values().next().value);
    if (alone && isTurnOfAlone) return [alone];
    const batch: Waiting[] = [];
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

  remove(waiting: Waiting): void {
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

  /** Everything about a key that waits, oldest first. */
  about(key: string): readonly Waiting[] {
    const lane = this.#laneOf(key);
    return listOf(lane && this.#lane(lane).get(key));
  }

  /** Behind all others, with everything about the same key, and by itself from now on. */
  setAside({ key }: Waiting): void {
    if (this.#laneOf(key)) this.#move(key, 'alone');
  }

  /** Among the others again. */
  bringBack({ key }: Waiting): void {
    const queue = this.#lane('alone').get(key);
    if (queue === undefined) return;
    this.#move(
      key,
      listOf(queue)
        .map(({ severity }) => severity)
        .reduce(worse),
    );
  }

  /** The oldest of the least severe, critical ones excepted. */
  leastSevere(isBusy: (waiting: Waiting) => boolean): Waiting | undefined {
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
    return this.#lanes.get(lane) as Map<string, Queue>;
  }

  #move(key: string, to: Lane): void {
    const from = this.#lane(this.#laneOf(key) as Lane);
    const queue = from.get(key) as Queue;
    from.delete(key);
    this.#lane(to).set(key, queue);
  }
}

/** What is told in one line, where many wait: a check of a bot, at a severity. */
function kindOf({ key, severity }: Waiting): string {
  return `${severity} ${key.split(':', 2).join(':')}`;
}

function listOf(queue: Queue | undefined): readonly Waiting[] {
  if (queue === undefined) return [];
  return 'id' in queue ? [queue] : queue;
}
