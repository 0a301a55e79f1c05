import type { Block } from '@service-bots/core/rpc';

/** Blocks between two tries whether blocks come sooner than was thought. */
const blocksBetweenTries = 50;
/** What a try looks earlier by, as parts of the block time: at first, and later on. */
const firstTry = 1 / 2;
const laterTry = 1 / 8;
/** So much after a block is due it is there: a look just before finds nothing, and costs a request. */
const margin = 1 / 50;

/**
 * When to look for the next block without being told of it. Whoever looks once a block, a block after the last look,
 * sees every block as late as the first: it never learns that they come sooner. So it looks earlier by and by, until a
 * look comes too early, and tries that again now and then.
 */
export class LookTiming {
  #head: string | undefined;
  #isTrying = true;
  #tryBy = firstTry;
  #blocks = 0;
  #wasEarly = false;
  #later = margin;

  /**
   * @param head what the last look found
   * @returns part of the block time by which to look later than the next block is thought due; negative: earlier
   */
  after({ hash }: Pick<Block, 'hash'>): number {
    if (hash === this.#head) {
      // Too early: from now on looked for at the shortest pause, until it is there.
      this.#wasEarly = true;
      return this.#later;
    }
    this.#head = hash;
    this.#blocks += 1;
    if (this.#wasEarly) [this.#isTrying, this.#wasEarly, this.#blocks] = [false, false, 0];
    if (this.#blocks >= blocksBetweenTries) [this.#isTrying, this.#tryBy] = [true, laterTry];
    this.#later = this.#isTrying ? -this.#tryBy : margin;
    return this.#later;
  }
}
