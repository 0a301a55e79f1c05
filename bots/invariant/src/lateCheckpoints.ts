import type { PastCheckpoint } from './snapshot.ts';

/**
 * Which of a pool's past checkpoints have to be read. One that is minted, or in which nothing matured, stays so and is
 * read once; one that is missed is read until it is minted. After a start the past is looked through, as far back as
 * positions that are open today can have been opened.
 */
export class LateCheckpoints {
  readonly #duration: number;
  readonly #reach: number;
  readonly #missed = new Set<number>();
  /** Everything from `#oldest` to `#newest` is known. */
  #oldest: number | undefined;
  #newest: number | undefined;

  /** @param duration seconds between checkpoints @param reach seconds to look back at the start */
  constructor(duration: number, reach: number) {
    this.#duration = duration;
    this.#reach = reach;
  }

  /** Times of the checkpoints to read at a block of this time; `most` of those that were never read. */
  toRead(chainTime: number, most: number): number[] {
    const latest = chainTime - (chainTime % this.#duration);
    const due = latest - this.#duration;
    const times = new Set(this.#missed);
    const from = this.#newest === undefined ? due : this.#newest + this.#duration;
    for (let time = from; time <= due && times.size < most; time += this.#duration) times.add(time);
    if (this.#newest === undefined || from > due) {
      const floor = latest - this.#reach;
      const older = (this.#oldest ?? due) - this.#duration;
      for (let time = older; time >= floor && times.size < most; time -= this.#duration) times.add(time);
    }
    return [...times].sort((a, b) => a - b);
  }

  /** Takes in what was read. */
  record(checkpoints: readonly PastCheckpoint[]): void {
    for (const { time, minted, matured } of checkpoints) {
      this.#oldest = Math.min(this.#oldest ?? time, time);
      this.#newest = Math.max(this.#newest ?? time, time);
      if (!minted && matured > 0n) this.#missed.add(time);
      else this.#missed.delete(time);
    }
  }

  /** A reorg may have taken back the mints of the last checkpoints: they are read again. */
  doubtNewest(): void {
    if (this.#newest === undefined) return;
    this.#newest -= 2 * this.#duration;
    if (this.#oldest !== undefined && this.#oldest > this.#newest) {
      this.#oldest = undefined;
      this.#newest = undefined;
    }
  }
}
