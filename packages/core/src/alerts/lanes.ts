import { type Severity, severities } from './alert.ts';
import type { Waiting } from './readLedger.ts';

/** A notice on its way to one channel. */
export interface Job {
  readonly waiting: Waiting;
  /** Deliveries that failed. */
  attempts: number;
  /** What the channel had taken when it first failed. */
  takenBefore: number | undefined;
}

/** The most severe first; last, what is delivered one by one because it has failed among others. */
type Lane = Severity | 'alone';
const lanesInOrder: readonly Lane[] = ['critical', 'error', 'warning', 'info', 'alone'];
/** So often the lane of those that have failed comes first, or it would never be served beside a busy one. */
const aloneEvery = 4;

/**
 * What waits for one channel, in the order in which it is to be delivered: the most severe first, and what is about the
 * same key always in its own order, since all of a key stands in one lane.
 */
export class Lanes {
  readonly #lanes = new Map<Lane, Map<string, Job[]>>(lanesInOrder.map(lane => [lane, new Map()]));
  readonly #laneOf = new Map<string, Lane>();
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
    const job: Job = { waiting, attempts: 0, takenBefore: undefined };
    const lane = this.#laneOf.get(key);
    this.#size += 1;
    if (severity === 'critical') this.#critical += 1;
    if (lane === undefined) {
      this.#lane(severity).set(key, [job]);
      this.#laneOf.set(key, severity);
      return;
    }
    this.#lane(lane).get(key)?.push(job);
    if (lane !== 'alone' && severities.indexOf(severity) > severities.indexOf(lane))
      this.#move(key, severity);
  }

  /** What is to be delivered next, without taking it out: `most` at once, unless one is to be alone. */
  next(most: number): Job[] {
    this.#picks += 1;
    const alone = this.#lane('alone').values().next().value?.[0];
    if (alone && (this.#picks % aloneEvery === 0 || this.#lane('alone').size === this.#laneOf.size))
      return [alone];
    const batch: Job[] = [];
    for (const lane of lanesInOrder) {
      if (lane === 'alone') break;
      for (const jobs of this.#lane(lane).values()) {
        batch.push(...jobs.slice(0, most - batch.length));
        if (batch.length >= most) return batch;
      }
    }
    return batch;
  }

  remove({ waiting }: Job): void {
    const { key } = waiting;
    const lane = this.#laneOf.get(key);
    const jobs = lane && this.#lane(lane).get(key);
    const at = jobs?.findIndex(each => each.waiting === waiting) ?? -1;
    if (!lane || !jobs || at < 0) return;
    jobs.splice(at, 1);
    this.#size -= 1;
    if (waiting.severity === 'critical') this.#critical -= 1;
    if (jobs.length > 0) return;
    this.#lane(lane).delete(key);
    this.#laneOf.delete(key);
  }

  /** Behind all others, with everything about the same key, and by itself from now on. */
  setAside({ waiting: { key } }: Job): void {
    if (this.#laneOf.has(key)) this.#move(key, 'alone');
  }

  /** The oldest of the least severe, critical ones excepted. */
  leastSevere(isBusy: (job: Job) => boolean): Job | undefined {
    for (const lane of ['info', 'warning', 'error', 'alone'] as const)
      for (const jobs of this.#lane(lane).values()) {
        const job = jobs.find(each => each.waiting.severity !== 'critical' && !isBusy(each));
        if (job) return job;
      }
    return undefined;
  }

  #lane(lane: Lane): Map<string, Job[]> {
    return this.#lanes.get(lane) as Map<string, Job[]>;
  }

  #move(key: string, to: Lane): void {
    const from = this.#lane(this.#laneOf.get(key) as Lane);
    const jobs = from.get(key) as Job[];
    from.delete(key);
    this.#lane(to).set(key, jobs);
    this.#laneOf.set(key, to);
  }
}
