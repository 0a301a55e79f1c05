import type { Clock } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import type { Target } from '../targetList.ts';
import { fetchStatus } from './fetchStatus.ts';
import { LoopLag } from './LoopLag.ts';
import { answered, unanswered, unseen, type Watched } from './watched.ts';

export interface PollerOptions {
  targets: readonly Target[];
  /** How long one answer may take. */
  withinMs: number;
  clock: Clock;
}

/** A process that was busy for this part of the time that an answer may take has perhaps missed it. */
const ownSilencePart = 0.25;

/** Asks every process that is watched, all at the same time, and remembers what is known of each. */
export class Poller {
  readonly #options: PollerOptions;
  #watched: readonly Watched[];

  constructor(options: PollerOptions) {
    const { targets, clock } = options;
    this.#options = options;
    this.#watched = targets.map(target => unseen(target, clock.now()));
  }

  get watched(): readonly Watched[] {
    return this.#watched;
  }

  /** Takes up what an earlier watchtower process knew. */
  recall(known: ReadonlyMap<string, Pick<Watched, 'startsMs' | 'firstChainId' | 'known'>>): void {
    this.#watched = this.#watched.map(each => ({ ...each, ...known.get(each.target.id) }));
  }

  /** Never throws: an answer that cannot be used is a fact about its process. */
  async poll(): Promise<readonly Watched[]> {
    this.#watched = await Promise.all(this.#watched.map(each => this.#ask(each)));
    return this.#watched;
  }

  async #ask(watched: Watched): Promise<Watched> {
    const { withinMs, clock } = this.#options;
    const { url } = watched.target;
    const lag = new LoopLag(() => clock.monotonicMs());
    try {
      return answered(watched, await fetchStatus(url, withinMs, clock));
    } catch (error) {
      // An answer may have come while this process was busy, with a huge answer of another bot for one: that silence is its
      // own, and the bot is asked once more.
      if (lag.end() > withinMs * ownSilencePart) return this.#askAgain(watched);
      return unanswered(watched, reasonOf(error), clock.now());
    } finally {
      lag.end();
    }
  }

  async #askAgain(watched: Watched): Promise<Watched> {
    const { withinMs, clock } = this.#options;
    try {
      return answered(watched, await fetchStatus(watched.target.url, withinMs, clock));
    } catch (error) {
      return unanswered(watched, reasonOf(error), clock.now());
    }
  }
}
