import type { Block } from '@service-bots/core/rpc';

/** What a try looks earlier by, as part of the block time. */
const tryBy = 1 / 2;
/** So much after a block is due it is there: a look just before finds nothing, and costs a request. */
const margin = 1 / 50;
/** A block that is so many block times off is a jump of the chain's time, or a chain that stood still. */
const mostOff = 3;

/**
 * When to look for the next block without being told of it. Whoever looks once a block, a block after the last look,
 * sees every block as late as the first. So it looks earlier by and by until a look comes too early, and then waits for
 * the block: the runtime's clock of the chain has learnt from it when blocks come, and keeps that. From then on one look
 * a block will do, until the chain's time makes a jump.
 */
export class LookTiming {
  readonly #blockSeconds: number;
  #head: Pick<Block, 'number' | 'hash' | 'timestamp'> | undefined;
  #isTrying = true;
  #wasEarly = false;

  /** @param blockSeconds seconds between blocks, by the chain's time */
  constructor(blockSeconds: number) {
    this.#blockSeconds = blockSeconds;
  }

  /**
   * @param head what the last look found
   * @returns part of the block time by which to look later than the next block is thought due; negative: earlier
   */
  after(head: Pick<Block, 'number' | 'hash' | 'timestamp'>): number {
    const before = this.#head;
    this.#head = head;
    if (head.hash === before?.hash) {
      // Too early: from now on looked for at the shortest pause, until it is there.
      this.#wasEarly = true;
    } else {
      if (this.#wasEarly) this.#isTrying = false;
      this.#wasEarly = false;
      if (before && this.#isJump(before, head)) this.#isTrying = true;
    }
    return this.#isTrying ? -tryBy : margin;
  }

  #isJump(a: Pick<Block, 'number' | 'timestamp'>, b: Pick<Block, 'number' | 'timestamp'>): boolean {
    const usual = (b.number - a.number) * this.#blockSeconds;
    return Math.abs(b.timestamp - a.timestamp - usual) > mostOff * this.#blockSeconds;
  }
}
