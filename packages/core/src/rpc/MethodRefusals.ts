/** So many failures in a row, and no answer between them, are no bad moment. */
const failuresUntilRefused = 3;
/** The endpoint is asked first again after so long. */
const retryMs = 30_000;

/** A method that an endpoint does not answer while another endpoint does. */
export interface MethodRefusal {
  method: string;
  /** Failures in a row. */
  failures: number;
  /** The first and the last of them, by `performance.now()`. */
  firstAtMs: number;
  lastAtMs: number;
  /** What the endpoint did the last time, to follow its name. */
  what: string;
}

/**
 * The methods that an endpoint does not answer while others do: a plan without logs, a proxy that blocks estimates. Such an
 * endpoint is of use for everything else.
 */
export class MethodRefusals {
  readonly #refusals = new Map<string, MethodRefusal>();

  /** Methods that failed when they were asked last, oldest first. */
  get all(): readonly MethodRefusal[] {
    return [...this.#refusals.values()];
  }

  get isEmpty(): boolean {
    return this.#refusals.size === 0;
  }

  /** Another endpoint has answered a request for this method that this one did not. */
  failed(method: string, what: string, nowMs: number): void {
    const { failures = 0, firstAtMs = nowMs } = this.#refusals.get(method) ?? {};
    this.#refusals.set(method, { method, failures: failures + 1, firstAtMs, lastAtMs: nowMs, what });
  }

  answered(method: string): void {
    this.#refusals.delete(method);
  }

  /** Whether the endpoint is known not to answer the method. */
  isKnown(method: string): boolean {
    return (this.#refusals.get(method)?.failures ?? 0) >= failuresUntilRefused;
  }

  /** Whether others are asked for the method first. */
  isAvoided(method: string, nowMs: number): boolean {
    return this.isKnown(method) && nowMs - (this.#refusals.get(method)?.lastAtMs ?? 0) < retryMs;
  }
}
