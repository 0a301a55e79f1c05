import type { Block } from '../../rpc/index.ts';

/**
 * Converts the chain's time to the monotonic clock of this machine. It learns from the blocks that it is
 * given: the least delay between a block's time and its arrival shows when blocks are made. A jump, as on a
 * development chain whose time was moved, is adopted at once.
 */
export class ChainClock {
  readonly #speed: number;
  readonly #toleranceMs: number;
  #offsetMs: number | undefined;

  /**
   * @param speed seconds that pass on the chain in one second here
   * @param blockTimeMs time between blocks in ms
   */
  constructor(speed: number, blockTimeMs: number) {
    this.#speed = speed;
    this.#toleranceMs = 3 * blockTimeMs;
  }

  /**
   * Records a block.
   * @param seenAtMs when the block was read, in ms of the monotonic clock
   */
  see(block: Pick<Block, 'timestamp'>, seenAtMs: number): void {
    const offsetMs = seenAtMs - this.#scaled(block.timestamp);
    const known = this.#offsetMs;
    if (known === undefined || offsetMs < known || offsetMs > known + this.#toleranceMs)
      this.#offsetMs = offsetMs;
  }

  /** Returns when the chain's time reaches `chainTime` (seconds), in ms of the monotonic clock. */
  hereWhen(chainTime: number): number {
    return this.#scaled(chainTime) + (this.#offsetMs ?? 0);
  }

  #scaled(chainTime: number): number {
    return (chainTime * 1000) / this.#speed;
  }
}
