import type { Clock } from '@service-bots/core/clock';
import type { Block } from '@service-bots/core/rpc';

/**
 * The number of different heads in a row that must show this machine's clock as behind: a single head may
 * have a time in the future.
 */
const headsNeeded = 3;

/** The time at which a head was requested, on both clocks. */
export interface AskedAt {
  /** This machine's time, milliseconds since 1970. */
  wallMs: number;
  monotonicMs: number;
}

/**
 * The clock that anchors are compared with: this machine's, as long as it agrees with the chain's; otherwise
 * the chain's. Between two heads it runs on the steady clock. A wall clock that is set in the middle of a
 * hold therefore neither lengthens nor shortens the hold.
 *
 * A clock that is ahead of a single head is not believed, which delays a commit by some blocks at the most. A
 * clock that is behind is believed until three heads contradict it, since a single head from the future must
 * not advance a commit.
 */
export class BoundClock implements Clock {
  readonly #clock: Clock;
  readonly #toleranceMs: number;
  readonly #blockTimeMs: number;
  #headNumber = -1;
  /** For each of the last heads: its time, minus the monotonic time at which it was requested. */
  #chainOffsetsMs: number[] = [];
  /** The chain's time minus the monotonic time. */
  #offsetMs: number | undefined;

  constructor(clock: Clock, toleranceSeconds: number, blockTimeMs: number) {
    this.#clock = clock;
    this.#toleranceMs = toleranceSeconds * 1000;
    this.#blockTimeMs = blockTimeMs;
  }

  see(head: Pick<Block, 'number' | 'timestamp'>, { wallMs, monotonicMs }: AskedAt): void {
    // A chain that stands still gives no evidence about the clock.
    if (head.number === this.#headNumber) return;
    this.#headNumber = head.number;
    const offsetMs = head.timestamp * 1000 - monotonicMs;
    this.#chainOffsetsMs = [...this.#chainOffsetsMs, offsetMs].slice(-headsNeeded);
    // The head that was read with the least delay shows the chain's time best.
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
