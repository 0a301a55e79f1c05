/** A request that was sent. */
interface Asked {
  atMs: number;
}

/**
 * How long an endpoint has answered nothing although it was asked. An error is an answer too. Pure: the caller gives the
 * time, by a clock that is never set back.
 */
export class Silence {
  readonly #underWay = new Set<Asked>();
  /** When the first request was sent that ran out of time, with no answer to any other since. */
  #sinceMs: number | undefined;

  /** A request leaves. @returns what to end it with */
  asked(nowMs: number): Asked {
    const request = { atMs: nowMs };
    this.#underWay.add(request);
    return request;
  }

  /** The endpoint is alive: whatever else is under way has waited for nothing until now. */
  answered(request: Asked, nowMs: number): void {
    this.#underWay.delete(request);
    this.#sinceMs = undefined;
    for (const other of this.#underWay) other.atMs = nowMs;
  }

  /** Its time is over, and there was no answer. */
  timedOut(request: Asked): void {
    this.#underWay.delete(request);
    this.#sinceMs = Math.min(request.atMs, this.#sinceMs ?? request.atMs);
  }

  /** The caller no longer wants the answer, which says nothing about the endpoint. */
  dropped(request: Asked): void {
    this.#underWay.delete(request);
  }

  /** @returns 0 for an endpoint that was not asked anything since its last answer */
  lastedMs(nowMs: number): number {
    const since = [...this.#underWay].map(({ atMs }) => atMs);
    if (this.#sinceMs !== undefined) since.push(this.#sinceMs);
    return since.length === 0 ? 0 : Math.max(nowMs - Math.min(...since), 0);
  }
}
