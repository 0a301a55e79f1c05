import type { Block } from '../rpc/index.ts';

/**
 * Tells when, on a clock of this machine that is never set back, the chain's time will have reached a moment. It learns from the blocks it is
 * shown: the least delay between a block's time and its arrival is when blocks are made. A jump (a development chain
 * whose time was moved) is taken over at once.
 */
export class ChainClock {
  readonly #speed: number;
  readonly #toleranceMs: number;
  #offsetMs: number | undefined;

  /** @param speed seconds that pass on the chain in one second here */
  constructor(speed: number, blockTimeMs: number) {
    this.#speed = speed;
    this.#toleranceMs = 3 * blockTimeMs;
  }

  /** @param seenAtMs when the block was read, milliseconds on that clock */
  see(block: Pick<Block, 'timestamp'>, seenAtMs: number): void {
    const offsetMs = seenAtMs - this.#scaled(block.timestamp);
    const known = this.#offsetMs;
    if (known === undefined || offsetMs < known || offsetMs > known + this.#toleranceMs)
      this.#offsetMs = offsetMs;
  }

  /** Milliseconds on that clock, when the chain's time is `chainTime` (seconds). */
  hereWhen(chainTime: number): number {
    return this.#scaled(chainTime) + (this.#offsetMs ?? 0);
  }

  #scaled(chainTime: number): number {
    return (chainTime * 1000) / this.#speed;
  }
}
