/** The meaning of a failure: `hard` shows that an endpoint is down, `soft` that it may be. */
export type Failure = 'hard' | 'soft';

const softFailuresToOpen = 3;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * Circuit breaker of one endpoint. It opens on one hard or three soft failures in a row, for 1 s doubling to
 * 30 s. While it is open no caller waits for the endpoint; a trial in the background decides when it closes.
 * Pure: time is an argument.
 */
export class Breaker {
  #softInARow = 0;
  #pauseMs = 0;
  #openUntil: number | undefined;

  get isOpen(): boolean {
    return this.#openUntil !== undefined;
  }

  /** When the next trial may be made, in ms of the clock; undefined while the breaker is closed. */
  get trialAt(): number | undefined {
    return this.#openUntil;
  }

  /** Records a failure. @param pauseMs the pause that the endpoint asked for, if it did, in ms */
  failed(failure: Failure, now: number, pauseMs?: number): void {
    this.#softInARow += 1;
    if (this.isOpen || (failure === 'soft' && this.#softInARow < softFailuresToOpen && pauseMs === undefined))
      return;
    this.#open(now, pauseMs);
  }

  /** Records a failed trial while the breaker is open: the next comes after twice the pause. */
  trialFailed(now: number, pauseMs?: number): void {
    this.#open(now, pauseMs);
  }

  succeeded(): void {
    this.#softInARow = 0;
    this.#pauseMs = 0;
    this.#openUntil = undefined;
  }

  #open(now: number, pauseMs: number | undefined): void {
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, firstPauseMs), longestPauseMs);
    // A limiter that repeatedly asks for a very short pause gets the pause of any other failure.
    const isLong = pauseMs !== undefined && pauseMs >= firstPauseMs;
    this.#openUntil = now + (isLong ? pauseMs : this.#pauseMs);
  }
}
