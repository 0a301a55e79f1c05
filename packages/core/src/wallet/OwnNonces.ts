/** Nonces of the wallet that another sender used. */
export interface ForeignUse {
  /** The address of the wallet. */
  address: string;
  nonces: readonly number[];
  /** The transaction that used it, where a block shows it. */
  usedBy?: string | undefined;
}

/**
 * Distinguishes the nonces that this process used from those of another sender with the same key, by the
 * counts that are read in any case. Nonces below the first count seen belong to earlier processes.
 */
export class OwnNonces {
  readonly #report: (foreign: number[]) => void;
  readonly #own = new Set<number>();
  /** Every nonce below this one is accounted for. */
  #next: number | undefined;
  /** The last count. */
  #seen = 0;

  /** @param report called once with each nonce of another sender */
  constructor(report: (foreign: number[]) => void) {
    this.#report = report;
  }

  /**
   * Records that a transaction of this process takes the nonce: every lower nonce is used, or is this
   * process's too.
   */
  take(nonce: number): void {
    this.#next ??= nonce;
    this.see(nonce);
    this.#own.add(nonce);
  }

  /**
   * Compares a count with the process's own nonces.
   * @param count how many nonces the chain has used; two reads have to agree, since a single node may be
   * wrong
   */
  see(count: number): void {
    this.#next ??= count;
    const confirmed = Math.min(count, this.#seen);
    this.#seen = count;
    const foreign: number[] = [];
    for (; this.#next < confirmed; this.#next += 1)
      if (!this.#own.delete(this.#next)) foreign.push(this.#next);
    if (foreign.length > 0) this.#report(foreign);
  }
}
