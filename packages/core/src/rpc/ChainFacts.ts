/** The facts about a chain that the endpoints' answers have shown. */
export class ChainFacts {
  /** The oldest block seen with a base fee: every later block has one. */
  #baseFeeSince: number | undefined;
  #hasNoBaseFee = false;

  /**
   * Judges a block by its base fee, and records the fact that it shows. A block without a base fee is wrong
   * on a chain with base fees. It is in doubt until it is known whether this chain has them.
   */
  baseFeeShape(number: number, has: boolean): 'fits' | 'wrong' | 'no-base-fee' {
    if (has) {
      this.#baseFeeSince = Math.min(number, this.#baseFeeSince ?? number);
      return 'fits';
    }
    if (this.#baseFeeSince !== undefined) return number >= this.#baseFeeSince ? 'wrong' : 'fits';
    return this.#hasNoBaseFee ? 'fits' : 'no-base-fee';
  }

  /** Records that every endpoint that could be asked has returned a block without a base fee. */
  hasNoBaseFee(): void {
    this.#hasNoBaseFee = true;
  }
}
