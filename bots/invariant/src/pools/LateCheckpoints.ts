import type { PastCheckpoint } from '../readings/index.ts';

/**
 * Selects the past checkpoints of a pool that have to be read. A checkpoint that is minted, or in which
 * nothing matured, does not change and is read once. A missed checkpoint is read until it is minted. After a
 * start the whole past is read, the newest first, some at a time.
 */
export class LateCheckpoints {
  readonly #duration: number;
  /** The first checkpoint in which a position can have matured. */
  readonly #first: number;
  /** The missed checkpoints, the one that was read longest ago first. */
  readonly #missed = new Set<number>();
  /** Everything from `#oldest` to `#newest` is known. */
  #oldest: number | undefined;
  #newest: number | undefined;

  /**
   * @param duration seconds between checkpoints
   * @param earliestMaturity seconds since 1970 before which no position of the pool can have matured
   */
  constructor(duration: number, earliestMaturity: number) {
    this.#duration = duration;
    this.#first = Math.ceil(earliestMaturity / duration) * duration;
  }

  /**
   * Returns the times of the checkpoints to read at a block of this time, the oldest first.
   * @param most of those that were not read yet, and as many of those that are missed
   * @param mostNew of those that began since the last look: hundreds where the chain's time jumps
   */
  toRead(chainTime: number, most: number, mostNew = most): number[] {
    const due = this.#dueAt(chainTime);
    const fresh: number[] = [];
    // No position of the pool can have matured yet: all of its past is known.
    if (this.#newest === undefined && due < this.#first) {
      this.#oldest = this.#first;
      this.#newest = this.#first - this.#duration;
    }
    const from = Math.max(this.#newest === undefined ? due : this.#newest + this.#duration, this.#first);
    for (let time = from; time <= due && fresh.length < mostNew; time += this.#duration) fresh.push(time);
    if (this.#newest === undefined || from > due) {
      const older = (this.#oldest ?? due) - this.#duration;
      for (let time = older; time >= this.#first && fresh.length < most; time -= this.#duration)
        fresh.push(time);
    }
    const missed = [...this.#missed].slice(0, most).filter(time => time <= due);
    return [...new Set([...fresh, ...missed])].sort((a, b) => a - b);
  }

  /**
   * Returns how many checkpoints are still unknown after these were read, or how many missed ones have not
   * been read again.
   */
  unknownAfter(read: readonly PastCheckpoint[], chainTime: number): number {
    const times = new Set(read.map(({ time }) => time));
    const due = this.#dueAt(chainTime);
    const all = Math.max((due - this.#first) / this.#duration + 1, 0);
    const oldest = this.#oldest ?? due + this.#duration;
    const newest = this.#newest ?? due;
    const known = Math.max((newest - oldest) / this.#duration + 1, 0);
    const fresh = [...times].filter(time => time < oldest || time > newest).length;
    const missed = [...this.#missed].filter(time => !times.has(time)).length;
    return Math.max(all - known - fresh, 0) + missed;
  }

  /** Stores the checkpoints that were read. */
  record(checkpoints: readonly PastCheckpoint[]): void {
    for (const { time, minted, matured } of checkpoints) {
      this.#oldest = Math.min(this.#oldest ?? time, time);
      this.#newest = Math.max(this.#newest ?? time, time);
      this.#missed.delete(time);
      if (!minted && matured > 0n) this.#missed.add(time);
    }
  }

  /** A reorg may have undone the mints of the last checkpoints: they are read again. */
  doubtNewest(): void {
    if (this.#newest === undefined) return;
    this.#newest -= 2 * this.#duration;
    if (this.#oldest !== undefined && this.#oldest > this.#newest) {
      this.#oldest = undefined;
      this.#newest = undefined;
    }
  }

  /** Returns the latest checkpoint that can be late. */
  #dueAt(chainTime: number): number {
    return chainTime - (chainTime % this.#duration) - this.#duration;
  }
}
