/** What the endpoints' answers have shown of the chain they serve. */
export class ChainFacts {
  /** The oldest block seen with a base fee: from there on every block has one. */
  #baseFeeSince: number | undefined;
  #hasNoBaseFee = false;

  /**
   * A block without a base fee is wrong on a chain that has one, and to be doubted until it is known whether this chain
   * has. Takes note of what a block shows.
   */
  baseFeeShape(number: number, has: boolean): 'fits' | 'wrong' | 'no-base-fee' {
    if (has) {
      this.#baseFeeSince = Math.min(number, this.#baseFeeSince ?? number);
      return 'fits';
    }
    if (this.#baseFeeSince !== undefined) return number >= this.#baseFeeSince ? 'wrong' : 'fits';
    return this.#hasNoBaseFee ? 'fits' : 'no-base-fee';
  }

  /** Every endpoint that could be asked has given a block without a base fee. */
  hasNoBaseFee(): void {
    this.#hasNoBaseFee = true;
  }
}
