import type { Clock } from '@service-bots/core/clock';
import { reasonOf } from '@service-bots/core/errors';
import type { Target } from '../targetList.ts';
import { fetchStatus } from './fetchStatus.ts';
import { LoopLag } from './LoopLag.ts';
import { answered, unanswered, unseen, type Watched } from './watched.ts';

export interface PollerOptions {
  targets: readonly Target[];
  /** The time limit of one answer, in ms. */
  withinMs: number;
  clock: Clock;
}

/** The fraction of the time limit from which on a busy process may have missed an answer. */
const ownSilencePart = 0.25;

/** Polls every watched process, all at the same time, and stores the state of each. */
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

  /** Restores the state that an earlier watchtower process stored. */
  recall(known: ReadonlyMap<string, Pick<Watched, 'startsMs' | 'firstChainId' | 'known'>>): void {
    this.#watched = this.#watched.map(each => ({ ...each, ...known.get(each.target.id) }));
  }

  /** Polls every process. The promise never rejects; an unusable answer is recorded for its process. */
  async poll(): Promise<readonly Watched[]> {
    this.#watched = await Promise.all(this.#watched.map(each => this.#ask(each)));
    return this.#watched;
  }

  async #ask(watched: Watched): Promise<Watched> {
    const { withinMs, clock } = this.#options;
    const { url } = watched.target;
    const lag = new LoopLag(() => clock.monotonicMs());
    const askedMs = clock.monotonicMs();
    try {
      return answered(watched, await fetchStatus(url, withinMs, clock));
    } catch (error) {
      // The answer may have arrived while this process was busy, for example with another bot's huge answer.
      // The silence is then this process's own fault, and the bot is asked once more.
      if (lag.end() > withinMs * ownSilencePart) return this.#askAgain(watched);
      const silent = unanswered(watched, reasonOf(error), clock.now());
      // A process that hangs has used up half of the period. It is polled again at once, so that a frozen process
      // is noticed as soon as a dead one.
      const hangs = clock.monotonicMs() - askedMs >= withinMs;
      return hangs && !watched.silence ? this.#askAgain(silent) : silent;
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
