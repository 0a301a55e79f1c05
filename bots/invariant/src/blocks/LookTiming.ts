import type { Block } from '@service-bots/core/rpc';

/** The step by which a try looks earlier, as a part of the block time. */
const tryBy = 1 / 2;
/**
 * The margin after a block is due, as a part of the block time, before the bot looks for it: an earlier look
 * finds nothing. The margin grows where blocks are not punctual, so that about one look in eighty comes too
 * early.
 */
const leastMargin = 1 / 50;
const mostMargin = 1 / 4;
const growth = 1.5;
const decay = 0.995;
/**
 * A block that is off by this many block times is a jump of the chain's time, or a chain that stood still.
 */
const mostOff = 3;
/** Block times are whole seconds. */
const roundedBySeconds = 1;
/** The block time is measured over this many recent heads, and only where rounding changes it little. */
const measuredHeads = 8;
const fewestBlocks = 4;
const fewestSeconds = 20;

type Head = Pick<Block, 'number' | 'hash' | 'timestamp'>;

/**
 * Decides when to look for the next block without a notification. A bot that looks once a block, a block time
 * after its last look, sees every block as late as the first. Therefore it looks earlier and earlier until a
 * look comes too early, and then waits for the block. From this the runtime's clock of the chain learns the
 * earliest arrival of blocks, and keeps it. From then on one look a block is enough, until the chain's time
 * makes a jump.
 */
export class LookTiming {
  readonly #usualSeconds: number;
  /** The oldest first, without a jump of the chain's time between them. */
  #heads: Head[] = [];
  #isTrying = true;
  #wasEarly = false;
  #margin = leastMargin;

  /** @param usualSeconds seconds between blocks, by the chain's time */
  constructor(usualSeconds: number) {
    this.#usualSeconds = usualSeconds;
  }

  /**
   * @param head the result of the last look
   * @param paceSeconds seconds between blocks as the runtime has learnt them, which may be a little too short
   * @returns the seconds from this head to the next look, by the chain's time
   */
  after(head: Head, paceSeconds = this.#usualSeconds): number {
    const before = this.#heads.at(-1);
    // Too early: from now on the bot looks at the shortest interval, until the block is there.
    if (head.hash === before?.hash) this.#wasEarly = true;
    else {
      const late = before ? this.#lateSeconds(before, head) : 0;
      if (Math.abs(late) > mostOff * this.#usualSeconds + roundedBySeconds) {
        this.#isTrying = true;
        this.#heads = [];
      } else if (this.#isTrying) this.#isTrying = !this.#wasEarly;
      // A slot without a block gives no evidence about the arrival of blocks.
      else if (late <= (this.#usualSeconds + roundedBySeconds) / 2) this.#learnMargin();
      this.#wasEarly = false;
      this.#heads = [...this.#heads, head].slice(-measuredHeads);
    }
    const blockSeconds = Math.min(this.#usualSeconds, this.#measuredSeconds() ?? paceSeconds);
    return blockSeconds * (1 + (this.#isTrying ? -tryBy : this.#margin));
  }

  #measuredSeconds(): number | undefined {
    const [first, last] = [this.#heads[0], this.#heads.at(-1)];
    if (!first || !last) return undefined;
    const blocks = last.number - first.number;
    const seconds = last.timestamp - first.timestamp;
    return blocks >= fewestBlocks && seconds >= fewestSeconds ? seconds / blocks : undefined;
  }

  #learnMargin(): void {
    this.#margin = this.#wasEarly
      ? Math.min(this.#margin * growth, mostMargin)
      : Math.max(this.#margin * decay, leastMargin);
  }

  /** Returns the delay by the chain's own time: 0 for blocks in their regular sequence. */
  #lateSeconds(before: Head, { number, timestamp }: Head): number {
    return timestamp - before.timestamp - (number - before.number) * this.#usualSeconds;
  }
}
