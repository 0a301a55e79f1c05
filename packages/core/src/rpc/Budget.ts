/** Full-size answers in a row before more is tried again than an endpoint has refused. */
const firstPatience = 20;
const longestPatience = 10_000;
/** The same where nothing said that it was too much: it may have been one bad moment. */
const guessedPatience = 5;

/**
 * How much one request to one endpoint may ask for: as much as the operator says or the endpoint states, less where it
 * refuses without a figure. What was learned that way may have been about one dense range or one bad moment, so it
 * grows back, and ever more rarely where growing is refused. Pure.
 */
export class Budget {
  /** Never asked for more. */
  #most: number;
  #size: number;
  #answered = 0;
  #patience = guessedPatience;
  #hasGrown = false;
  /** The most that was answered, and has not been refused since. */
  #proved = 0;
  #hasFailed = false;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  /** What a request may ask for now; at least 1. */
  get size(): number {
    return this.#size;
  }

  /**
   * A request for so much failed, in words that say nothing about size.
   * @returns whether it may have been too much: not on the first failure of what was answered before
   */
  failed(asked: number): boolean {
    const isSuspect = this.mayBeTooMuch(asked);
    this.#hasFailed = true;
    return isSuspect;
  }

  /** Whether a request for so much would be suspected of being too large, should it fail. */
  mayBeTooMuch(asked: number): boolean {
    return asked > 1 && (asked > this.#proved || this.#hasFailed);
  }

  /**
   * @param stated what the endpoint says it takes, if it says so
   * @param isGuessed whether the endpoint did not say that it was too much, but takes less
   */
  refused(asked: number, stated?: number, isGuessed = false): void {
    this.#proved = Math.min(this.#proved, asked - 1);
    this.#hasFailed = false;
    if (!isGuessed) this.#patience = Math.max(this.#patience, firstPatience);
    if (stated !== undefined) {
      this.#most = Math.min(this.#most, Math.max(stated, 1));
      this.#size = Math.min(this.#size, this.#most);
      return;
    }
    // Sent before it was known that so much is too much.
    if (asked > this.#size) return;
    if (this.#hasGrown && this.#answered === 0)
      this.#patience = Math.min(this.#patience * 2, longestPatience);
    this.#size = Math.max(Math.floor(asked / 2), 1);
    this.#answered = 0;
  }

  answered(asked: number): void {
    this.#proved = Math.max(this.#proved, asked);
    this.#hasFailed = false;
    if (asked < this.#size || this.#size === this.#most) return;
    this.#answered += 1;
    if (this.#answered < this.#patience) return;
    this.#size = Math.min(this.#size * 2, this.#most);
    this.#hasGrown = true;
    this.#answered = 0;
  }
}
