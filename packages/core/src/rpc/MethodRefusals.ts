/** This many failures in a row, without an answer between them, are more than a short disturbance. */
const failuresUntilRefused = 3;
/** The endpoint is asked first again after this time. */
const retryMs = 30_000;

/** A method that an endpoint does not answer while another endpoint does. */
export interface MethodRefusal {
  method: string;
  /** Failures in a row. */
  failures: number;
  /** The times of the first and the last failure, by `performance.now()`. */
  firstAtMs: number;
  lastAtMs: number;
  /** The endpoint's last behaviour, in words that follow its name. */
  what: string;
}

/**
 * The methods that an endpoint does not answer while others do, for example on a plan without logs, or behind
 * a proxy that blocks estimates. Such an endpoint is of use for every other method.
 */
export class MethodRefusals {
  readonly #refusals = new Map<string, MethodRefusal>();

  /** Methods that failed at the last request, oldest first. */
  get all(): readonly MethodRefusal[] {
    return [...this.#refusals.values()];
  }

  get isEmpty(): boolean {
    return this.#refusals.size === 0;
  }

  /** Records that another endpoint has answered a request for this method that this one did not answer. */
  failed(method: string, what: string, nowMs: number): void {
    const { failures = 0, firstAtMs = nowMs } = this.#refusals.get(method) ?? {};
    this.#refusals.set(method, { method, failures: failures + 1, firstAtMs, lastAtMs: nowMs, what });
  }

  answered(method: string): void {
    this.#refusals.delete(method);
  }

  /** Returns whether the endpoint is known not to answer the method. */
  isKnown(method: string): boolean {
    return (this.#refusals.get(method)?.failures ?? 0) >= failuresUntilRefused;
  }

  /** Returns whether other endpoints are asked for the method first. */
  isAvoided(method: string, nowMs: number): boolean {
    return this.isKnown(method) && nowMs - (this.#refusals.get(method)?.lastAtMs ?? 0) < retryMs;
  }
}
