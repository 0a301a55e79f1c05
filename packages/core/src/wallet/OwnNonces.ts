/** A nonce of the wallet that another sender used. */
export interface ForeignUse {
  /** The wallet. */
  address: string;
  nonces: readonly number[];
  /** The transaction that used it, where a block shows it. */
  usedBy?: string | undefined;
}

/**
 * Tells the nonces that this process used from those that another sender with the same key used, by the counts that are
 * read anyway. Nonces below the first one seen are an earlier process's affair.
 */
export class OwnNonces {
  readonly #report: (foreign: number[]) => void;
  readonly #own = new Set<number>();
  /** Below it every nonce is accounted for. */
  #next: number | undefined;
  /** The count at the last look. */
  #seen = 0;

  /** @param report called once for each nonce of another sender */
  constructor(report: (foreign: number[]) => void) {
    this.#report = report;
  }

  /** A transaction of this process takes the nonce: every lower one is used, or this process's too. */
  take(nonce: number): void {
    this.#next ??= nonce;
    this.see(nonce);
    this.#own.add(nonce);
  }

  /** @param count how many nonces the chain has used; two looks have to agree, since a single node may be wrong */
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
