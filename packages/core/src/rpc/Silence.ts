/** A request that was sent. */
interface Asked {
  atMs: number;
}

/**
 * Measures how long an endpoint has answered nothing although it was asked. An error is an answer too. Pure:
 * the caller passes the time, by a clock that is never set back.
 */
export class Silence {
  readonly #underWay = new Set<Asked>();
  /** When the first request was sent that ran out of time without any answer since. */
  #sinceMs: number | undefined;

  /** Records that a request is sent. @returns the handle to end it with */
  asked(nowMs: number): Asked {
    const request = { atMs: nowMs };
    this.#underWay.add(request);
    return request;
  }

  /**
   * Records an answer: the endpoint is alive, so the silence of the other pending requests is counted from
   * now.
   */
  answered(request: Asked, nowMs: number): void {
    this.#underWay.delete(request);
    this.#sinceMs = undefined;
    for (const other of this.#underWay) other.atMs = nowMs;
  }

  /** Records that a request ran out of time without an answer. */
  timedOut(request: Asked): void {
    this.#underWay.delete(request);
    this.#sinceMs = Math.min(request.atMs, this.#sinceMs ?? request.atMs);
  }

  /** Records that the caller no longer wants the answer, which is no sign of the endpoint's health. */
  dropped(request: Asked): void {
    this.#underWay.delete(request);
  }

  /**
   * Returns how long the silence has lasted, in ms; 0 for an endpoint without a request since its last
   * answer.
   */
  lastedMs(nowMs: number): number {
    const since = [...this.#underWay].map(({ atMs }) => atMs);
    if (this.#sinceMs !== undefined) since.push(this.#sinceMs);
    return since.length === 0 ? 0 : Math.max(nowMs - Math.min(...since), 0);
  }
}
