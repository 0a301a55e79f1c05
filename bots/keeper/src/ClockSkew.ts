import type { Observation } from '@service-bots/core/alerts';
import type { Block } from '@service-bots/core/rpc';

/** The number of different heads in a row that have to agree: a single head may have come late. */
const headsNeeded = 3;

/**
 * Checks whether this machine's clock agrees with the chain's: a commit at its anchor is only as accurate as
 * this clock. Block times are whole seconds, so a head is up to a block's time and a second old.
 */
export class ClockSkew {
  readonly #toleranceMs: number;
  readonly #blockTimeMs: number;
  #headNumber = -1;
  #ages: number[] = [];

  constructor(toleranceSeconds: number, blockTimeMs: number) {
    this.#toleranceMs = toleranceSeconds * 1000;
    this.#blockTimeMs = blockTimeMs;
  }

  /**
   * @param readAtMs when the head was read, milliseconds since 1970 @returns undefined while there is not
   * enough evidence
   */
  look(head: Pick<Block, 'number' | 'timestamp'>, readAtMs: number): Observation | undefined {
    // A chain that stands still gives no evidence about the clock.
    if (head.number <= this.#headNumber) return undefined;
    this.#headNumber = head.number;
    this.#ages = [...this.#ages, readAtMs - head.timestamp * 1000].slice(-headsNeeded);
    if (this.#ages.length < headsNeeded) return undefined;

    const check = 'clock-skew';
    const youngest = Math.min(...this.#ages);
    const oldest = Math.max(...this.#ages);
    const behindMs = -oldest;
    const aheadMs = youngest - this.#blockTimeMs - 1_000;
    if (behindMs > this.#toleranceMs) return this.#failing(check, 'behind', behindMs);
    if (aheadMs > this.#toleranceMs) return this.#failing(check, 'ahead of', aheadMs);
    return { check, failing: false };
  }

  #failing(check: string, way: string, ms: number): Observation {
    const message = `this machine's clock is ${(ms / 1000).toFixed(1)} s ${way} the chain's: commits miss their anchors by that time, and above five minutes the schedule shifts. First: check the time synchronisation of this machine (timedatectl)`;
    return { check, failing: true, message, data: { skewMs: ms } };
  }
}
