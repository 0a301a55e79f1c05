import type { Clock } from '../clock/index.ts';
import { BotError } from '../errors/index.ts';

/** A step of the process has not ended for so long that the process has to be started anew. */
export class Stuck extends BotError {}

/** Work that has not ended by its deadline. It may still be under way, so it is no sign of progress. */
export class Overdue extends BotError {}

const ticksPerBound = 100;
const longestTickMs = 5_000;

/**
 * Knows which step the process is at, and notices when that step never ends. A deadline is not an end: a round that
 * missed its own goes on in the background and keeps the next one from beginning.
 *
 * Ticks are counted, not time: a machine or a container that was suspended has lost one tick, whatever its clocks say.
 * A blocked event loop runs no tick; `killWhenBlocked` watches for that from outside.
 */
export class Progress {
  readonly #boundMs: number;
  readonly #clock: Clock;
  #step = 'the start';
  #leftMs: number;

  /** @param boundMs how long a step may take */
  constructor(boundMs: number, clock: Clock) {
    this.#boundMs = boundMs;
    this.#clock = clock;
    this.#leftMs = boundMs;
  }

  /**
   * The previous step has ended, and this one begins.
   * @param step a noun, for people: "the discovery of pools"
   * @param pauseMs how long it sleeps on purpose
   */
  begin(step: string, pauseMs = 0): void {
    this.#step = step;
    this.#leftMs = this.#boundMs + pauseMs;
  }

  /** The step has ended without success and begins again. */
  again(): void {
    this.#leftMs = this.#boundMs;
  }

  /**
   * Resolves when `stop` aborts.
   * @throws Stuck when a step does not end
   */
  async watch(stop: AbortSignal): Promise<void> {
    const tickMs = Math.min(this.#boundMs / ticksPerBound, longestTickMs);
    while (!stop.aborted) {
      await this.#clock.sleep(tickMs, stop);
      this.#leftMs -= tickMs;
      if (this.#leftMs <= 0 && !stop.aborted) {
        const seconds = Math.round(this.#boundMs / 1000);
        throw new Stuck(`${this.#step} has not ended for ${seconds} s (ROUND_STUCK_SECONDS)`);
      }
    }
  }
}
