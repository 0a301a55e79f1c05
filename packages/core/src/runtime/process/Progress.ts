import type { Clock } from '../../clock/index.ts';
import { BotError } from '../../errors/index.ts';

/** Thrown when a step of the process has not ended for so long that the process has to be restarted. */
export class Stuck extends BotError {}

/**
 * Thrown when work has not ended by its deadline. The work may still be under way, so it is no sign of
 * progress.
 */
export class Overdue extends BotError {}

const ticksPerBound = 100;
const longestTickMs = 5_000;

/**
 * Tracks the current step of the process and detects a step that never ends. A deadline does not end a step:
 * a round that missed its deadline goes on in the background and keeps the next round from beginning.
 *
 * The class counts ticks and not time: a machine or a container that was suspended has lost one tick,
 * independent of its clocks. A blocked event loop runs no tick; `killWhenBlocked` detects that from outside
 * the process.
 */
export class Progress {
  readonly #boundMs: number;
  readonly #clock: Clock;
  #step = 'the start';
  #leftMs: number;

  /** @param boundMs how long a step may take, in ms */
  constructor(boundMs: number, clock: Clock) {
    this.#boundMs = boundMs;
    this.#clock = clock;
    this.#leftMs = boundMs;
  }

  /**
   * Ends the previous step and begins this one.
   * @param step a noun for people to read: "the discovery of pools"
   * @param pauseMs how long the step sleeps on purpose, in ms
   */
  begin(step: string, pauseMs = 0): void {
    this.#step = step;
    this.#leftMs = this.#boundMs + pauseMs;
  }

  /** Restarts the time of a step that ended without success and begins again. */
  again(): void {
    this.#leftMs = this.#boundMs;
  }

  /**
   * Counts ticks until `stop` aborts.
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
