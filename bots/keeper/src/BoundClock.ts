import type { Clock } from '@service-bots/core/clock';
import type { Block } from '@service-bots/core/rpc';

/** Different heads in a row that have to say that this machine's clock is behind: one may have a time of the future. */
const headsNeeded = 3;

/** When a head was asked for, on both clocks. */
export interface AskedAt {
  /** This machine's time, milliseconds since 1970. */
  wallMs: number;
  monotonicMs: number;
}

/**
 * The time that anchors are compared with: this machine's, as long as it agrees with the chain's; otherwise the chain's.
 * Between two heads it runs on the steady clock, so that a wall clock that is set in the middle of a hold neither
 * lengthens nor shortens it.
 *
 * A clock that is ahead of a single head is not believed, which delays a commit by some blocks at the most. A clock that
 * is behind is believed until three heads contradict it, since one head from the future must not bring a commit on.
 */
export class BoundClock implements Clock {
  readonly #clock: Clock;
  readonly #toleranceMs: number;
  readonly #blockTimeMs: number;
  #headNumber = -1;
  /** The time of the last heads less the steady clock when each was asked for. */
  #chainOffsetsMs: number[] = [];
  /** The offset of the chain's time to the steady clock. */
  #offsetMs: number | undefined;

  constructor(clock: Clock, toleranceSeconds: number, blockTimeMs: number) {
    this.#clock = clock;
    this.#toleranceMs = toleranceSeconds * 1000;
    this.#blockTimeMs = blockTimeMs;
  }

  see(head: Pick<Block, 'number' | 'timestamp'>, { wallMs, monotonicMs }: AskedAt): void {
    // A chain that stands still says nothing about the clock.
    if (head.number === this.#headNumber) return;
    this.#headNumber = head.number;
    const offsetMs = head.timestamp * 1000 - monotonicMs;
    this.#chainOffsetsMs = [...this.#chainOffsetsMs, offsetMs].slice(-headsNeeded);
    // The head that was read with the least delay tells the chain's time best.
    const chainMs = Math.max(...this.#chainOffsetsMs);
    const earliestMs = Math.min(...this.#chainOffsetsMs);
    const ownMs = wallMs - monotonicMs;
    // A head is up to a block's time and a whole second old.
    const isAhead = ownMs - chainMs > this.#toleranceMs + this.#blockTimeMs + 1_000;
    const isBehind = this.#chainOffsetsMs.length === headsNeeded && earliestMs - ownMs > this.#toleranceMs;
    this.#offsetMs = isAhead || isBehind ? chainMs : ownMs;
  }

  now(): number {
    return this.#offsetMs === undefined ? this.#clock.now() : this.monotonicMs() + this.#offsetMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }
}
