import { type Clock, withDeadline } from '../../clock/index.ts';
import { BotError } from '../../errors/index.ts';
import { type FailoverProvider, readBlock, readHead } from '../../rpc/index.ts';

/** The pace is learned from this many recent heads. */
const remembered = 8;
/** Fewer blocks between two heads measure little, since a head may be seen early or late by one block. */
const fewestBlocks = 4;
/** The shortest block time that the bot follows, in ms. */
const shortestMs = 100;

/**
 * Measures how fast a chain makes blocks. The pace is the block time of the table of chains, or a shorter one
 * where the heads show it. A value that is too short costs an extra poll; a value that is too long costs the
 * block that an action was meant for. A chain that is slower than its row is therefore followed at the pace
 * of its row.
 */
export class BlockPace {
  readonly #usualMs: number;
  #heads: { number: number; seenAtMs: number }[] = [];
  #learnedMs: number | undefined;

  /** @param usualMs time between blocks in ms, from the table of chains */
  constructor(usualMs: number) {
    this.#usualMs = usualMs;
  }

  /** The time between two blocks in ms, never more than the table says. */
  get blockTimeMs(): number {
    return Math.min(this.#usualMs, this.#learnedMs ?? this.#usualMs);
  }

  /**
   * Records a head.
   * @param seenAtMs when the head was read, in ms of the monotonic clock
   */
  see(number: number, seenAtMs: number): void {
    const last = this.#heads.at(-1);
    if (last && number === last.number) return;
    // After a reorg, or on a node that lags, block numbers go back: the earlier measurements are dropped.
    if (last && number < last.number) this.#heads = [];
    this.#heads = [...this.#heads, { number, seenAtMs }].slice(-remembered);
    const first = this.#heads[0] as { number: number; seenAtMs: number };
    this.#learn(number - first.number, seenAtMs - first.seenAtMs);
  }

  /**
   * Learns the pace from two headers, at a start that has seen no head yet. Timestamps are the chain's, in
   * seconds.
   */
  learn(older: { number: number; timestamp: number }, newer: { number: number; timestamp: number }): void {
    this.#learn(newer.number - older.number, (newer.timestamp - older.timestamp) * 1000);
  }

  #learn(blocks: number, passedMs: number): void {
    // The divisor counts one block more than the heads show: the pace is rounded towards the shorter time.
    if (blocks >= fewestBlocks) this.#learnedMs = Math.max(passedMs / (blocks + 1), shortestMs);
  }
}

/**
 * The timestamps of headers are whole seconds; over this many blocks they still measure the block time well.
 */
const apartBlocks = 100;
const patienceMs = 1_000;

/**
 * Reads two headers at the start, so that the first actions are in time. Never throws: later heads teach the
 * pace as well.
 */
export async function learnPace(provider: FailoverProvider, pace: BlockPace, clock: Clock): Promise<void> {
  const ask = async () => {
    const head = await readHead(provider);
    pace.see(head.number, clock.monotonicMs());
    const older = await readBlock(provider, Math.max(head.number - apartBlocks, 0));
    if (older) pace.learn(older, head);
  };
  await withDeadline(ask(), patienceMs, () => new BotError('no answer in time')).catch(() => undefined);
}
