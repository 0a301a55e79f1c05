/** After this many full-size answers in a row, a size that an endpoint has refused is tried again. */
const firstPatience = 20;
const longestPatience = 10_000;
/** The same for a failure that did not state a size: it may have been a short disturbance. */
const guessedPatience = 5;

/**
 * The size that one request to one endpoint may have: the operator's or the endpoint's limit, less after a
 * refusal without a figure. A size that was learned that way may come from one dense range or one short
 * disturbance. It therefore grows back, and ever more rarely after failed growth. Pure.
 */
export class RequestLimit {
  /** The upper limit of every request. */
  #most: number;
  #size: number;
  #answered = 0;
  #patience = guessedPatience;
  #hasGrown = false;
  /** The largest size that was answered, and has not been refused since. */
  #proved = 0;
  #hasFailed = false;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  /** The size that a request may have now; at least 1. */
  get size(): number {
    return this.#size;
  }

  /**
   * Records a failure whose words state no size.
   * @returns whether the request may have been too large: not on the first failure of a size that was
   * answered before
   */
  failed(asked: number): boolean {
    const isSuspect = this.mayBeTooMuch(asked);
    this.#hasFailed = true;
    return isSuspect;
  }

  /** Returns whether a request of this size would be suspected of being too large if it failed. */
  mayBeTooMuch(asked: number): boolean {
    return asked > 1 && (asked > this.#proved || this.#hasFailed);
  }

  /**
   * Records a refusal.
   * @param stated the size that the endpoint says it accepts, if it does
   * @param isGuessed whether the endpoint did not say that the request was too large, but answers smaller
   * ones
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
    // The request was sent before this size was known to be too large.
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

/**
 * The limits of an endpoint, as far as the operator configured them; the others are learned from its
 * refusals.
 */
export interface Allowance {
  requestsPerSecond?: number | undefined;
  /** Contract reads in one request. */
  batchSize?: number | undefined;
  /** Blocks in one log request. */
  logRange?: number | undefined;
}

/** The sizes that one request to an endpoint may have. */
export interface RequestLimits {
  /** Contract reads in one call of Multicall3. */
  multicall: RequestLimit;
  /** Calls in one JSON-RPC batch. */
  batch: RequestLimit;
  /** Blocks in one log request. */
  logRange: RequestLimit;
}

/** Well under the 50 million gas and the 2 MB answers that public endpoints allow. */
const usualMulticall = 2_500;
/** geth refuses more than 1,000 calls; gateways often refuse more than half of that. */
const usualBatch = 500;
const usualLogRange = 10_000;

/**
 * Returns the request limits of a new endpoint.
 * @param allowance the endpoint's limits, as the operator configured them
 */
export function requestLimitsFor({
  batchSize = usualMulticall,
  logRange = usualLogRange,
}: Allowance = {}): RequestLimits {
  return {
    multicall: new RequestLimit(batchSize),
    batch: new RequestLimit(Math.min(batchSize, usualBatch)),
    logRange: new RequestLimit(logRange),
  };
}

/** Spreads requests to stay below a number a second; unlimited until a limit is configured or reported. */
export class RateLimiter {
  #perSecond: number | undefined;
  #nextAt = 0;

  /** @param perSecond the operator's own limit */
  constructor(perSecond?: number) {
    this.#perSecond = perSecond;
  }

  /** Requests a second; undefined when there is no limit. */
  get perSecond(): number | undefined {
    return this.#perSecond;
  }

  /** Records a limit that the endpoint has stated. */
  learn(perSecond: number): void {
    this.#perSecond = Math.min(perSecond, this.#perSecond ?? perSecond);
  }

  /** Reserves the next place in line. @returns how many ms to wait for it */
  next(now: number): number {
    if (this.#perSecond === undefined) return 0;
    const at = Math.max(this.#nextAt, now);
    this.#nextAt = at + 1_000 / this.#perSecond;
    return at - now;
  }
}
