import { isMissed, type MaturedCheckpoint } from '@service-bots/core/hyperdrive';

/** A checkpoint with matured positions that is not minted. */
export type MissedCheckpoint = Omit<MaturedCheckpoint, 'minted'>;

/**
 * Tracks one pool's checkpoints, and selects those to read next. A past checkpoint that is minted, or in
 * which nothing matured, does not change: it is never read again. Nothing is kept on disk, since a fresh
 * start reads it all from the chain: the newest first, then back to the first that could hold positions.
 */
export class Backlog {
  readonly #duration: number;
  /** No checkpoint before this one can hold matured positions. */
  readonly #floor: number;
  /** Everything from `#oldest` to `#newest` has been read. */
  #oldest: number | undefined;
  #newest: number | undefined;
  #newestMinted = 0;
  readonly #missed = new Map<number, MissedCheckpoint>();
  /** Checkpoints that were seen minted, and the block: reads of earlier blocks do not contradict it. */
  readonly #mintedIn = new Map<number, number>();

  /**
   * @param duration seconds between checkpoints
   * @param earliest seconds since 1970 before which no position of the pool can have matured
   */
  constructor(duration: number, earliest: number) {
    this.#duration = duration;
    this.#floor = Math.ceil(earliest / duration) * duration;
  }

  /** Returns the checkpoint that a moment of the chain's time belongs to. */
  latestAt(chainTime: number): number {
    return chainTime - (chainTime % this.#duration);
  }

  /** Returns the matured, unminted checkpoints, as last read. */
  get missed(): MissedCheckpoint[] {
    return [...this.#missed.values()];
  }

  /** Returns the newest known minted checkpoint, 0 when there is none. */
  get newestMinted(): number {
    return this.#newestMinted;
  }

  /** Returns whether all of the pool's past has been read. */
  get complete(): boolean {
    return this.#oldest !== undefined && this.#oldest <= this.#floor;
  }

  /**
   * Returns the checkpoints to read now: all new ones; the two latest again (another account may have minted
   * them, or a reorg undone a mint); all that are known to be missed; and up to `historyLimit` older ones
   * that have not been read yet.
   */
  toRead(latest: number, historyLimit: number): number[] {
    const times = new Set<number>(this.#missed.keys());
    const recent = latest - this.#duration;
    const from = this.#newest === undefined ? recent : Math.min(this.#newest + this.#duration, recent);
    for (let time = latest; time >= from; time -= this.#duration) times.add(time);
    let older = (this.#oldest ?? from) - this.#duration;
    for (let i = 0; i < historyLimit && older >= this.#floor; i += 1, older -= this.#duration)
      times.add(older);
    return [...times].sort((a, b) => b - a);
  }

  /** Stores the states that were read at block `block`. */
  record(states: readonly MaturedCheckpoint[], block: number): void {
    for (const state of states) {
      const { minted, ...checkpoint } = state;
      const { time } = checkpoint;
      this.#newest = Math.max(this.#newest ?? time, time);
      this.#oldest = Math.min(this.#oldest ?? time, time);
      if (minted) this.#newestMinted = Math.max(this.#newestMinted, time);
      if (block < (this.#mintedIn.get(time) ?? 0)) continue;
      this.#mintedIn.delete(time);
      if (isMissed(state)) this.#missed.set(time, checkpoint);
      else this.#missed.delete(time);
    }
  }

  /** Records that a checkpoint is minted as of this block, by us or by another account. */
  recordMinted(time: number, block: number): void {
    this.#mintedIn.set(time, block);
    this.#missed.delete(time);
    this.#newestMinted = Math.max(this.#newestMinted, time);
  }
}
